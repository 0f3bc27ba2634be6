import { type Shell, t } from 'flux';
import { failure } from '../_failure';

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

const shape = t.wire({
  exchange: t.wire({ k: t.optional(t.int()) }, { default: {} }),
  kvs: t.string({ default: 'exchange' }),
  clique: t.optional(t.string()),
});

/** Reads the option. Throws after an ERROR was logged. */
export function pmiOptions(shell: Shell): PmiOptions {
  const { kvs, clique, exchange } = shell.getopt('pmi', shape) ?? shape.parse({});
  if (kvs !== 'exchange' && kvs !== 'native') throw failure(shell, `Unknown kvs implementation ${kvs}`);
  const known = cliques.find((one) => one === clique);
  if (clique !== undefined && known === undefined) throw failure(shell, `pmi.clique=${clique} is invalid`);
  return { kvs, k: fanout(shell, kvs === 'exchange' ? exchange.k : undefined), clique: known };
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
