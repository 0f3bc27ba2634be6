import { defineModule, type EncodableObject, type ModuleContext, NO_RESPONSE } from '../../../core';
import { parseLogEntry } from '../../../core/handle/log-entry';
import { type TestInstance, testInstance } from '../../../core/testing';

let t: TestInstance;
afterEach(() => t.stop());

/** What is in the log, in the name of a module, of severity err or worse. */
async function errors(module: string): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines()) {
    const entry = parseLogEntry(line);
    if (entry && entry.name === module && entry.level <= 3) found.push(entry.text);
  }
  return found;
}

async function* lines(): AsyncGenerator<string> {
  const log = t.flux.stream('log.dmesg', { follow: false });
  for (let message = await log.nextMessage(); message; message = await log.nextMessage()) yield message.text();
}

/** Modules that answer nothing, which those that are loaded need. */
const others = ['resource', 'job-list', 'job-info'].map((name) => defineModule({ name, api: 1, main: standIn }));
function standIn(m: ModuleContext): void {
  m.serve('acquire', () => NO_RESPONSE);
}

const usage = 'Usage: flux module load [OPTIONS] job-ingest [validator-plugins=LIST] [validator-args=ARGS]';
const fatal = 'fatal error: Invalid argument';

// docs/protocol: the text that whoever loads is told, if it is more than the errno's, and the lines of the log
test.each([
  ['heartbeat', 'period=soon', undefined, ['error parsing period value: Invalid argument', fatal]],
  ['heartbeat', 'frob=1', undefined, ['unknown option: frob=1', fatal]],
  ['job-ingest', 'batch-count=1e3', undefined, ['Invalid batch-count: batch-count=1e3', fatal]],
  ['job-ingest', 'nonsense', undefined, ['invalid option nonsense', usage, fatal]],
  ['resource', 'frob', 'unknown option: frob', ['unknown option: frob', fatal]],
  ['sched-simple', 'frob=1', "Unknown module option: 'frob=1'", ["Unknown module option: 'frob=1'", fatal]],
])('%s does not load with %s', async (module, arg, text, log) => {
  t = await testInstance({ size: 1 });
  await expect(t.load(0, module, [arg])).rejects.toMatchObject({ code: 'EINVAL', text });
  expect(await errors(module)).toEqual(log);
});

test.each([
  ['cron', 'frob=1', ["Unknown option `frob=1'"]],
  ['cron', 'sync_epsilon=soon', ['option sync_epsilon=soon ignored: Invalid argument']],
  ['sched-simple', 'mode=frob', ['unknown mode: frob']],
  ['sched-simple', 'mode=limited=0', ['invalid limited value: limited=0']],
  ['sched-simple', 'alloc-mode=frob', ['unknown allocation mode: frob']],
  ['job-archive', 'frob', ["Unknown option `frob'"]],
])('%s loads with %s, and says what is wrong', async (module, arg, log) => {
  t = await testInstance({ size: 1, modules: others });
  await t.load(0, module, [arg]);
  expect(await errors(module)).toEqual(log);
});

describe('the table of another name, [archive]', () => {
  const archive = async (config: EncodableObject, ...args: string[]) => {
    t = await testInstance({ size: 1, modules: others, config: { archive: config } });
    await t.load(0, 'job-archive', args);
  };

  test('is logged, and not used, if it has a wrong type', async () => {
    await archive({ dbpath: '/nonexistent/a.sqlite', period: 3 });
    expect(await errors('job-archive')).toEqual(['error reading archive config: Expected string, got integer']);
  });

  test('fails the load by a bad duration', async () => {
    await expect(archive({ period: 'soon' })).rejects.toMatchObject({ code: 'EINVAL', text: undefined });
    expect(await errors('job-archive')).toEqual(['error parsing period soon: Invalid argument', fatal]);
  });

  test('gives way to arguments, also where it is wrong', async () => {
    await archive({ period: 'soon' }, 'period=1s');
    expect(await errors('job-archive')).toEqual([]);
  });
});
