import { lookupJob } from '../../client/job-info';
import type { JsonObject } from '../../formats/json';
import { Flux } from '../../handle';
import { errorText, isErrno } from '../../sys/errors';
import { errnoText, ShellExit } from '../errors';
import type { JobShell } from './shell';

/** Where plugins and the initrc are when the job names none. */
export interface DefaultPaths {
  /** Search path of plugins, colon-separated. */
  plugins: string;
  initrc: string;
}

interface Connection {
  readonly shell: JobShell;
  readonly flux: Flux;
  readonly brokerRank: number;
  readonly questions: Questions;
}

/** Requests that every shell begins with, all at once; each answer is looked at in its turn. */
interface Questions {
  readonly subscribed: Promise<unknown>;
  /** `jobspec` and `R`, as far as they are not read from files. */
  readonly lookup: Promise<JsonObject>;
  readonly paths: Promise<DefaultPaths>;
}

/** A shell with a handle. */
export class ConnectedShell {
  readonly shell: JobShell;
  readonly flux: Flux;
  /** Of the broker that the handle is one of. */
  readonly brokerRank: number;
  readonly questions: Questions;

  constructor({ shell, flux, brokerRank, questions }: Connection) {
    this.shell = shell;
    this.flux = flux;
    this.brokerRank = brokerRank;
    this.questions = questions;
  }
}

/** Steps 1–4 (docs/protocol/shell.md §4): the handle, the broker's rank, what happens to the job. */
export async function connect(shell: JobShell): Promise<ConnectedShell> {
  const flux = await open(shell);
  const questions = shell.options.standalone ? noQuestions(shell) : ask(shell, flux);
  const brokerRank = shell.options.brokerRank ?? (await flux.rank());
  if (!(await shell.calls.call('shell.connect'))) shell.log.error('shell.connect: callback(s) failed');
  try {
    await questions.subscribed;
  } catch (e) {
    shell.die(`flux_event_subscribe: ${errnoText(e)}`);
  }
  return new ConnectedShell({ shell, flux, brokerRank, questions });
}

async function open(shell: JobShell): Promise<Flux> {
  const flux = await openHandle(shell);
  if (shell.signal.aborted) {
    flux.close(); // it was killed meanwhile: nobody else will
    throw shell.ending.fatal ?? new ShellExit(1, 'ended');
  }
  shell.progress.reach('flux', flux);
  const lost = shell.log.guard((e: Error) => shell.die(`lost connection to the broker: ${e.message}`));
  void flux.closed.then((e) => {
    if (e && !shell.signal.aborted) lost(e);
  });
  return flux;
}

async function openHandle(shell: JobShell): Promise<Flux> {
  const { standalone, env, attributes, open: openOne } = shell.options;
  try {
    if (openOne) return await openOne();
    return await Flux.open(standalone ? 'loop://' : undefined, { env, ...(attributes && !standalone ? { attributes } : {}) });
  } catch (e) {
    return shell.die(`flux_open: ${errorText(e)}`);
  }
}

function noQuestions({ options: { paths } }: JobShell): Questions {
  return {
    subscribed: Promise.resolve(),
    lookup: Promise.resolve({}),
    paths: Promise.resolve({ plugins: paths.plugins, initrc: paths.initrc }),
  };
}

/** Asks in the contract's order. */
function ask(shell: JobShell, flux: Flux): Questions {
  if (shell.options.brokerRank === undefined) flux.rank().catch(() => {});
  const questions = {
    subscribed: flux.subscribe(shell.events.prefix, (event) => shell.events.dispatch(event)),
    lookup: lookup(shell, flux),
    paths: askPaths(shell, flux),
  };
  for (const answer of Object.values(questions)) answer.catch(() => {});
  return questions;
}

async function lookup({ options, jobid }: JobShell, flux: Flux): Promise<JsonObject> {
  const keys = [...(options.readR ? [] : ['R']), ...(options.readJobspec ? [] : ['jobspec'])];
  return keys.length === 0 ? {} : lookupJob(flux, jobid, keys);
}

async function askPaths({ options: { paths } }: JobShell, flux: Flux): Promise<DefaultPaths> {
  const [plugins, initrc] = await Promise.all([findAttribute(flux, 'conf.shell_pluginpath'), findAttribute(flux, 'conf.shell_initrc')]);
  return { plugins: plugins ?? paths.plugins, initrc: initrc ?? paths.initrc };
}

/** An attribute of the broker; undefined if it has none of that name. */
export async function findAttribute(flux: Flux, name: string): Promise<string | undefined> {
  try {
    return await flux.getattr(name);
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return undefined;
    throw e;
  }
}
