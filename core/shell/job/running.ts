import fs from 'node:fs';
import path from 'node:path';
import { errorText } from '../../sys/errors';
import { initErrorText } from '../errors';
import { LearnedShell } from './learned';
import { emit, meet } from './milestones';

/** A shell whose initrc and plugins have set it up: it has tasks to run. */
export class RunningShell extends LearnedShell {
  /**
   * Waits until all that belongs to initialization is done, the entry shell.init in exec.eventlog included.
   * @throws ShellExit if something of it has failed
   */
  readonly initialized: () => Promise<void>;

  constructor(learned: LearnedShell, initialized: () => Promise<void>) {
    super(learned, learned);
    this.initialized = initialized;
  }
}

/** Step 12, and the signals that the process gets are the plugins' from now on. */
export function settleIn(learned: LearnedShell): void {
  const { shell } = learned;
  enterDirectory(learned);
  const signal = shell.log.guard((signum: number) => shell.calls.call('signal', { signum }));
  shell.progress.reach('signal', signal);
}

function enterDirectory({ shell, jobspec }: LearnedShell): void {
  const { host, log } = shell;
  const wanted = jobspec.cwd;
  if (wanted === undefined) return;
  const directory = path.resolve(host.cwd, wanted);
  try {
    fs.accessSync(wanted && `${directory}/.`, fs.constants.X_OK);
    host.enter(directory);
  } catch (e) {
    log.error(`Could not change dir to ${wanted}: ${errorText(e)}. Going to /tmp instead`);
    if (!fs.existsSync('/tmp/.')) shell.die('Could not change dir to /tmp: No such file or directory');
    host.enter('/tmp');
  }
}

/**
 * Steps 13–15. Commits keep their order, so that a shell alone, which meets nobody, sends what belongs to its initialization and shell.init together and
 * starts its tasks meanwhile. `asked` is called when it has asked all that shells ask, before it meets others.
 */
export async function initialize(learned: LearnedShell, asked: () => void = () => {}): Promise<RunningShell> {
  const { shell } = learned;
  const judge = (failures: unknown[]) => {
    if (failures.length > 0) shell.die(`shell_init: ${initErrorText(failures[0])}`);
  };
  judge(await shell.calls.failures('shell.init'));
  asked();
  const settled = shell.initialization.settle();
  settled.catch(() => {});
  const done = async () => judge(await settled);
  if (!learned.isAlone) await done();
  await meet(learned, 'init');
  const emitted = emit(learned, 'shell.init');
  emitted.catch(() => {});
  return new RunningShell(learned, async () => {
    await done();
    await emitted;
  });
}
