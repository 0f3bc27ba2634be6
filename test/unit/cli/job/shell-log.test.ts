import { shellLogLine } from '../../../../cli/commands/job/attach/shell-log';

describe('log entries of a job shell', () => {
  it('leaves out the parts that are not there', () => {
    expect(shellLogLine({ level: 5, message: 'hello' }, false)).toBe('flux-shell: hello');
  });
  it('shows rank, level and component', () => {
    expect(shellLogLine({ rank: 0, level: 3, component: 'output', message: 'no' }, false)).toBe('flux-shell[0]: ERROR: output: no');
  });
  it('shows the place in the source when asked to', () => {
    expect(shellLogLine({ rank: 1, level: 4, file: 'a.c', line: 7, message: 'no' }, true)).toBe('flux-shell[1]:  WARN: a.c:7: no');
  });
});
