import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseJobId } from '../formats/fluid';
import type { JsonObject } from '../formats/json';
import { Flux } from '../handle';
import { library } from '../library';
import { Attribution, type CodeOwner, pluginFolders, tellOwners } from '../plugin';
import { jobManager } from '../protocol/job-manager';
import { endingSignals, onSignal } from '../sys/ending-signals';
import { errorStack, errorText } from '../sys/errors';
import { setProcessTitle } from '../sys/processname';
import { raiseFileLimit } from '../sys/rlimit';
import { signals } from '../sys/signals';
import { becomeSubreaper } from '../sys/subreaper';
import { writeFully } from '../sys/write-fully';
import type { Bootstrap, BootstrapOptions } from './bootstrap/bootstrap';
import { bootstrapConfig, hasBootstrapTable } from './bootstrap/config';
import { bootstrapPmi } from './bootstrap/pmi';
import { Broker } from './broker';
import { readConfiguration } from './config-files';
import { BrokerLife } from './life';
import { checkPreset, environmentAttributes, fanoutOf, instanceAttributes, timeoutsOf } from './program/attributes';
import { type BrokerArguments, parseBrokerArguments } from './program/options';
import { localUri, openRundir } from './program/rundir';
import { watchStarter } from './program/starter';
import type { RcScript } from './rc-script';

/** Faults are the broker's own, but may also be sent to it (docs/protocol/broker.md §9). */
const brokerSignals = [...endingSignals, signals.SIGSEGV, signals.SIGFPE];

/** The program flux-broker(1). Gives its exit status. */
export async function main(argv: string[]): Promise<number> {
  const args = parseBrokerArguments(argv);
  if ('status' in args) {
    writeFully(2, args.stderr);
    return args.status;
  }
  try {
    return await run(args);
  } catch (e) {
    for (const line of errorText(e).split('\n')) say(line);
    return 1;
  }
}

/** Writes a line to stderr. If nobody reads that, the line is lost and the broker goes on. */
const toStderr = (line: string) => void writeFully(2, `${line}\n`);
const say = (line: string) => toStderr(`flux-broker: ${line}`);

async function run(args: BrokerArguments): Promise<number> {
  const started = performance.now();
  const env = { ...process.env };
  const initrc = path.join(installation(), 'initrc');
  const paths = {
    shellPlugins: pluginFolders('shell', env['FLUX_MODULE_PATH'] ?? '').join(':'),
    shellInitrc: path.join(initrc, 'initrc.lua'),
    rc1: path.join(initrc, 'rc1.json'),
    rc3: path.join(initrc, 'rc3.json'),
  };
  const fromEnvironment = environmentAttributes(env, paths);
  checkPreset(args.attributes);
  const fanout = fanoutOf(args.attributes);
  const configPath = args.configPath ?? env['FLUX_CONF_DIR'];
  const config = configPath === undefined ? {} : (await readConfiguration(configPath)).object;
  const rundir = openRundir(args.attributes['rundir'], env['TMPDIR'] ?? '/tmp');
  const ready = endOnSignal(() => rundir.remove());
  try {
    const userid = process.getuid!();
    const boot = await bootstrap({
      env,
      rundir: rundir.path,
      userid,
      fanout,
      preferTcp: (args.attributes['tbon.prefertcp'] ?? '0') !== '0',
      debug: Number(args.attributes['tbon.zmqdebug'] ?? '0') !== 0,
      timeouts: timeoutsOf(args.attributes),
      config,
    });
    const uri = localUri(args.attributes['local-uri'], rundir.path, boot.rank);
    const startAttributes = {
      ...fromEnvironment,
      ...instanceAttributes(args.attributes, boot, { rundir: rundir.path, localUri: uri, configPath: configPath ?? null }),
    };
    const attribution = new Attribution<CodeOwner>();
    const broker = new Broker({
      rank: boot.rank,
      size: boot.size,
      userid,
      env,
      searchPath: env['FLUX_MODULE_PATH']!,
      library,
      fanout,
      overlay: boot.overlay,
      config,
      configPath,
      cwd: process.cwd(),
      // what the broker normalises stands in startAttributes
      attributes: Object.fromEntries(
        Object.entries(args.attributes).filter(([name]) => !(name in startAttributes) || !normalised.has(name)),
      ),
      startAttributes,
      stderr: toStderr,
      panic: () => process.exit(1),
      attribution,
    });
    takeProcess(boot.rank, attribution);
    if (args.verbose >= 1) announce(boot, started);
    await tellParent(startAttributes, uri, boot.rank);
    const life = new BrokerLife(broker, {
      program: args.program,
      gathered: boot.gathered,
      scripts: { rc1: { path: paths.rc1, script: scriptOf(paths.rc1) }, rc3: { path: paths.rc3, script: scriptOf(paths.rc3) } },
      step: (text) => {
        if (args.verbose >= 2) say(text);
      },
      complain: say,
    });
    const unhandle = onSignals((signum) => life.signal(signum));
    const unwatch = watchStarter(env, () => life.abandoned());
    ready();
    try {
      return await life.run();
    } finally {
      unhandle();
      unwatch();
    }
  } finally {
    rundir.remove();
  }
}

/** Attributes that may be preset but whose value in force is the broker's reading of it. */
const normalised = new Set([
  'rundir',
  'local-uri',
  'broker.quorum',
  'broker.quorum-timeout',
  'tbon.zmqdebug',
  'tbon.prefertcp',
  'tbon.heartbeat-timeout',
  'tbon.parent-timeout',
]);

async function bootstrap(options: Omit<BootstrapOptions, 'hostname' | 'trace' | 'warn'> & { config: JsonObject }): Promise<Bootstrap> {
  const all = { ...options, hostname: os.hostname(), trace: toStderr, warn: say };
  try {
    return hasBootstrapTable(options.config) ? await bootstrapConfig(options.config, all) : await bootstrapPmi(all);
  } catch (e) {
    for (const line of errorText(e).split('\n')) say(line);
    throw new Error('bootstrap failed', { cause: e });
  }
}

/** This process is a broker now: its name, its limits, what escapes its plugins. */
function takeProcess(rank: number, attribution: Attribution<CodeOwner>): void {
  setProcessTitle(`flux-broker-${rank}`);
  raiseFileLimit();
  becomeSubreaper();
  const guard = (e: unknown) => {
    if (tellOwners(attribution, e)) return;
    say(`uncaught exception: ${errorStack(e)}`);
    process.exit(1);
  };
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', guard);
  process.on('unhandledRejection', guard);
}

function announce({ rank, size, overlay }: Bootstrap, started: number): void {
  say(`boot: rank=${rank} size=${size} time ${((performance.now() - started) / 1000).toFixed(3)}s`);
  say(`parent: ${overlay?.parentEndpoint ?? 'none'}`);
  say(`child: ${overlay?.endpoint ?? 'none'}`);
  if (rank > 0) say('initializing overlay connect');
}

/** An instance that is a job tells the enclosing instance how to reach it (job memo). */
async function tellParent(attributes: Record<string, { value: string | null }>, uri: string, rank: number): Promise<void> {
  const parent = attributes['parent-uri']?.value;
  const jobid = attributes['jobid']?.value;
  if (rank > 0 || !parent || !jobid) return;
  try {
    const flux = await Flux.open(parent);
    try {
      const memo = { uri: `ssh://${os.hostname()}${uri.replace(/^local:\/\//, '')}` };
      await flux.call(jobManager.memo, { id: parseJobId(jobid), memo });
    } finally {
      flux.close();
    }
  } catch (e) {
    throw new Error(`${jobManager.memo.topic} uri: ${errorText(e)}`, { cause: e });
  }
}

/** While there is no broker yet that could end in order: a signal ends this process as it would without us, after `cleanUp`. The result undoes it. */
function endOnSignal(cleanUp: () => void): () => void {
  const undo = onSignals((signum) => {
    cleanUp();
    undo();
    process.kill(process.pid, signum);
  });
  return undo;
}

function onSignals(handler: (signum: number) => void): () => void {
  const handlers = brokerSignals.map((signum) => onSignal(signum, () => handler(signum)));
  return () => {
    for (const off of handlers) off();
  };
}

function scriptOf(file: string): RcScript {
  return JSON.parse(fs.readFileSync(file, 'utf8')) as RcScript;
}

/** The built tree that this file is part of: dist/ as a bundle, build/ among the tests. */
function installation(): string {
  return fs.existsSync(path.join(__dirname, 'initrc')) ? __dirname : path.join(__dirname, '../..');
}
