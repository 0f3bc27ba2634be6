import type { JsonObject } from '../../../../core/formats/json';

const levels = ['FATAL', 'FATAL', 'FATAL', 'ERROR', ' WARN', '', 'DEBUG', 'TRACE'];

/** A `log` entry of a job's output, as `flux-shell[RANK]: LEVEL: COMPONENT: MESSAGE`; parts that are not there are left out. */
export function shellLogLine({ rank, level, component, file, line, message }: JsonObject, verbose: boolean): string {
  const parts = [`flux-shell${rank === undefined ? '' : `[${rank}]`}`, levels[Number(level)] ?? ''];
  if (component !== undefined) parts.push(String(component));
  if (verbose && file !== undefined) parts.push(`${file}:${line}`);
  parts.push(String(message ?? ''));
  return parts.filter((part, i) => part !== '' || i === parts.length - 1).join(': ');
}
