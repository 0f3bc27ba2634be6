import { formatFsd, parseFsd } from '../../formats/fsd';
import { IdSet } from '../../formats/idset';
import { FluxError } from '../../sys/errors';
import { AttrFlag } from '../attributes';
import type { Bootstrap } from '../bootstrap/bootstrap';
import { defaultTimeouts, type OverlayTimeouts } from '../overlay';

type Env = Readonly<Record<string, string | undefined>>;
type Preset = Readonly<Record<string, string | null>>;
const MAX_TIMER_MS = 2 ** 31;
/** Attributes by name, with value and flags. */
export type StartAttributes = Record<string, { value: string | null; flags: number }>;

/** The environment variables that must be set, and the attributes they become. */
const required = {
  FLUX_EXEC_PATH: 'conf.exec_path',
  FLUX_MODULE_PATH: 'conf.module_path',
} as const;

/** Attributes that nobody may set on the command line, because the broker computes them; by what it says of them. */
const computed: readonly { names: readonly string[]; refusal: (name: string, value: string | null) => FluxError }[] = [
  {
    names: ['broker.pid', 'security.owner'],
    refusal: (name, value) => new FluxError('EPERM', `setattr ${name}${value === null ? '' : `=${value}`}: Operation not permitted`),
  },
  {
    names: ['rank', 'size', 'tbon.level', 'tbon.maxlevel', 'tbon.descendants'],
    refusal: () => new FluxError('EEXIST', 'registering overlay attributes: File exists'),
  },
  {
    names: ['version', 'hostlist', 'jobid', 'instance-level', 'broker.mapping', 'config.path', 'tbon.endpoint', 'tbon.parent-endpoint'],
    refusal: (name) => new FluxError('EEXIST', `setattr ${name}: File exists`),
  },
];

/** Attributes whose value is an integer, and the line that follows the complaint. */
const integers: Readonly<Record<string, string>> = {
  'tbon.fanout': '\noverlay_create: Invalid argument',
  'tbon.zmqdebug': '\noverlay_create: Invalid argument',
  'tbon.prefertcp': '\noverlay_create: Invalid argument',
  'log-level': '',
  'log-forward-level': '',
  'log-critical-level': '',
  'log-stderr-level': '',
  'log-ring-size': '',
};

/** Refuses `--setattr` of what is computed, or is no integer where one is wanted; the errors are the lines to print. */
export function checkPreset(preset: Preset): void {
  for (const { names, refusal } of computed) {
    for (const name of names) if (name in preset) throw refusal(name, preset[name]!);
  }
  for (const [name, then] of Object.entries(integers)) {
    if (!/^[+-]?\d+$/.test(preset[name] ?? '0')) throw new FluxError('EINVAL', `${name} value must be an integer${then}`);
  }
}

/** The checked tbon.fanout. */
export function fanoutOf(preset: Preset): number {
  const fanout = Number(preset['tbon.fanout'] ?? '2');
  if (fanout < 1) throw new FluxError('EINVAL', 'tbon.fanout must be >= 1\noverlay_create: Invalid argument');
  return fanout;
}

/** Reads tbon.heartbeat-timeout and tbon.parent-timeout (docs/overlay.md), which give milliseconds. */
export function timeoutsOf(preset: Preset): OverlayTimeouts {
  return {
    heartbeat: milliseconds(timeoutText(preset, 'tbon.heartbeat-timeout', defaultTimeouts.heartbeat, 'required'))!,
    parent: milliseconds(timeoutText(preset, 'tbon.parent-timeout', defaultTimeouts.parent!, 'or none')),
  };
}

const milliseconds = (text: string): number | undefined => (text === 'none' ? undefined : Math.ceil(parseFsd(text) * 1000));

/** The attribute in its normal form: a duration above 0, or `none` where that may be. */
function timeoutText(preset: Preset, name: string, fallback: number, kind: 'required' | 'or none'): string {
  const given = preset[name];
  if (given === undefined || given === null) return formatFsd(fallback / 1000);
  if (given === 'none' && kind === 'or none') return given;
  try {
    const seconds = parseFsd(given);
    if (seconds > 0 && seconds * 1000 < MAX_TIMER_MS) return formatFsd(seconds);
  } catch {
    // reported below
  }
  throw new FluxError('EINVAL', `Error parsing ${name} attribute`);
}

/** Attributes that the environment and the installation give. EINVAL: a required variable is missing. */
export function environmentAttributes(
  env: Env,
  paths: { shellPlugins: string; shellInitrc: string; rc1: string; rc3: string },
): StartAttributes {
  const attributes: StartAttributes = {};
  for (const [name, attribute] of Object.entries(required)) {
    const value = env[name];
    if (value === undefined) throw new FluxError('EINVAL', `required environment variable ${name} is not set`);
    attributes[attribute] = { value, flags: 0 };
  }
  const plain: Record<string, string | null> = {
    'conf.connector_path': env['FLUX_CONNECTOR_PATH'] ?? null,
    'conf.pmi_library_path': env['FLUX_PMI_LIBRARY_PATH'] ?? null,
    'conf.shell_pluginpath': paths.shellPlugins,
    'conf.shell_initrc': paths.shellInitrc,
    'broker.rc1_path': paths.rc1,
    'broker.rc3_path': paths.rc3,
    'parent-uri': env['FLUX_URI'] ?? null,
    'parent-kvs-namespace': env['FLUX_KVS_NAMESPACE'] ?? null,
  };
  for (const [name, value] of Object.entries(plain)) attributes[name] = { value, flags: 0 };
  return attributes;
}

/** Attributes that are known once the broker knows its place. */
export function instanceAttributes(
  preset: Preset,
  { size, overlay, attributes: learned, endpoint = overlay?.endpoint ?? null }: Bootstrap,
  place: { rundir: string; localUri: string; configPath: string | null },
): StartAttributes {
  const { immutable } = AttrFlag;
  const fixed: Record<string, string | null> = {
    ...learned,
    'config.path': place.configPath,
    rundir: place.rundir,
    'broker.quorum': quorum(preset['broker.quorum'], size),
    'broker.quorum-timeout': quorumTimeout(preset['broker.quorum-timeout']),
    'tbon.zmqdebug': preset['tbon.zmqdebug'] ?? '0',
    'tbon.prefertcp': preset['tbon.prefertcp'] ?? '0',
    'tbon.heartbeat-timeout': timeoutText(preset, 'tbon.heartbeat-timeout', defaultTimeouts.heartbeat, 'required'),
    'tbon.parent-timeout': timeoutText(preset, 'tbon.parent-timeout', defaultTimeouts.parent!, 'or none'),
    'tbon.parent-endpoint': overlay?.parentEndpoint ?? null,
    ...(size > 1 ? { 'tbon.endpoint': overlay?.endpoint ? endpoint : null } : {}),
  };
  return {
    ...Object.fromEntries(Object.entries(fixed).map(([name, value]) => [name, { value, flags: immutable }])),
    'local-uri': { value: place.localUri, flags: preset['local-uri'] === undefined ? immutable : 0 },
  };
}

function quorum(given: string | null | undefined, size: number): string {
  if (given === undefined || given === null) return size === 1 ? '0' : `0-${size - 1}`;
  let ranks: IdSet;
  try {
    ranks = IdSet.parse(given);
  } catch {
    throw new FluxError('EINVAL', 'Error parsing broker.quorum attribute');
  }
  if ((ranks.last() ?? 0) >= size) throw new FluxError('EINVAL', 'Error parsing broker.quorum attribute: exceeds size');
  return ranks.encode();
}

function quorumTimeout(given: string | null | undefined): string {
  if (given === undefined || given === null) return '1m';
  if (given === 'none') return given;
  try {
    return formatFsd(parseFsd(given));
  } catch {
    throw new FluxError('EINVAL', 'Error parsing broker.quorum-timeout attribute');
  }
}
