import { jobEnvironment } from '../../../../cli/commands/mini/environment';

const own = { FOO: 'foo', FOOD: 'x', BAR: 'b r', f_o: 'q' };

describe('rules of --env', () => {
  test.each<[string[], Record<string, string>]>([
    [['-*', 'FO?'], { FOO: 'foo' }],
    [['-*', '[!F]*'], { BAR: 'b r', f_o: 'q' }],
    [['-/F'], { BAR: 'b r', f_o: 'q' }],
    [['-*', '/FO+\\Z/'], { FOO: 'foo' }],
    [['-*', '/(?i)f_?o/'], { FOO: 'foo', FOOD: 'x', f_o: 'q' }],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of flux mini's --env
    [['-*', 'A=$FOO-${BAR}$$', 'B=$A'], { A: 'foo-b r$', B: 'foo-b r$' }],
  ])('%j', (rules, expected) => {
    expect(jobEnvironment(rules, own)).toEqual(expected);
  });
  test.each([
    ['A=x$', '--env: Unable to substitute A=x$\nflux-mini: ERROR: Invalid placeholder in string: line 1, col 2'],
    ['A=$NONE', "--env: Variable 'NONE' not found in A=$NONE"],
  ])('%s fails', (rule, text) => {
    expect(() => jobEnvironment([rule], own)).toThrow(new Error(text));
  });
});
