import type { Flux } from '../handle';
import type { TaskGroup } from './task/group';

/** Where the installation's parts lie that a shell uses when the broker names no others. */
export interface ShellPaths {
  /** Search path of shell plugins, colon-separated. */
  plugins: string;
  /** The shipped initrc.lua. */
  initrc: string;
  /** Folder of the Lua modules `flux.shell` and others. */
  lua: string;
}

/** All that a shell gets from the process it runs in (design: rules, 2). */
export interface ShellOptions {
  jobid: bigint;
  /** Environment of the shell itself, not of the job: FLUX_URI, FLUX_KVS_NAMESPACE, TMPDIR, HOME, locale. */
  env: Readonly<Record<string, string | undefined>>;
  /** User that the shell runs as. */
  userid: number;
  hostname: string;
  /** Directory the shell was started in. */
  cwd: string;
  standalone: boolean;
  verbose: number;
  /** Instead of asking the broker. */
  brokerRank?: number | undefined;
  /** Texts instead of asking the job-info service. @throws FluxError with the text to log */
  readJobspec?: (() => string) | undefined;
  readR?: (() => string) | undefined;
  /** Initrc instead of the default. */
  initrc?: string | undefined;
  paths: ShellPaths;
  stdout(data: string | Buffer): void;
  stderr(text: string): void;
  /** In a host: the process group of the tasks. */
  taskGroup?: TaskGroup;
  /** Immutable attributes of the broker that are known already. */
  attributes?: Map<string, string>;
  /** SHA-1 of a file, in hex; default: read each time. */
  digest?: (file: string) => string;
  /** The handle; default: FLUX_URI of `env`, in standalone a loop. */
  open?: () => Promise<Flux>;
}
