import type { JsonObject, Shell } from 'flux';
import { expectObject } from 'flux/internal';
import { failure } from '../_failure';
import { option, optional } from '../_option';

const cliques = ['pershell', 'single', 'none'] as const;

/** The option `pmi`. */
export interface PmiOptions {
  kvs: 'exchange' | 'native';
  /** Fanout of the exchange's tree. */
  k: number;
  /** What PMI_process_mapping says; undefined: as the brokers are mapped. */
  clique: (typeof cliques)[number] | undefined;
}

const DEFAULT_FANOUT = 2;

/** Reads the option. Throws after an ERROR was logged. */
export function pmiOptions(shell: Shell): PmiOptions {
  const given = shell.getopt('pmi', option.object(read)) ?? read({});
  const { kvs = 'exchange', clique } = given;
  if (kvs !== 'exchange' && kvs !== 'native') throw failure(shell, `Unknown kvs implementation ${kvs}`);
  const known = cliques.find((one) => one === clique);
  if (clique !== undefined && known === undefined) throw failure(shell, `pmi.clique=${clique} is invalid`);
  return { kvs, k: fanout(shell, kvs === 'exchange' ? given.k : undefined), clique: known };
}

function read(pmi: JsonObject): { kvs: string | undefined; clique: string | undefined; k: number | undefined } {
  const exchange = pmi['exchange'] === undefined ? {} : expectObject(pmi['exchange']);
  return { kvs: optional.string(pmi, 'kvs'), clique: optional.string(pmi, 'clique'), k: optional.integer(exchange, 'k') };
}

function fanout(shell: Shell, wanted: number | undefined): number {
  const { rank, size } = shell.info;
  const k = wanted !== undefined && wanted > 0 ? wanted : DEFAULT_FANOUT;
  const used = Math.min(k, size);
  if (wanted === undefined || rank !== 0) return used;
  if (k > size) shell.warn(`requested exchange fanout too large, using k=${used}`);
  else shell.warn(`using k=${used}`);
  return used;
}
