/** One block of a PMI process mapping: `nodes` nodes from `first` on, each with `procs` processes of consecutive ranks. */
export interface MappingBlock {
  first: number;
  nodes: number;
  procs: number;
}

/** Text of PMI_process_mapping: `(vector,(0,2,4),(2,1,1))`. */
export function formatMapping(blocks: readonly MappingBlock[]): string {
  return `(vector,${blocks.map(({ first, nodes, procs }) => `(${first},${nodes},${procs})`).join(',')})`;
}

/** Parses PMI_process_mapping; `''` has no blocks (unknown). Undefined for another text. */
export function parseMapping(text: string): MappingBlock[] | undefined {
  const compact = text.replace(/\s/g, '');
  if (compact === '') return [];
  const match = /^\(vector,((?:\(\d+,\d+,\d+\),?)+)\)$/.exec(compact);
  if (!match) return undefined;
  return [...match[1]!.matchAll(/\((\d+),(\d+),(\d+)\)/g)].map(([, first, nodes, procs]) => ({
    first: Number(first),
    nodes: Number(nodes),
    procs: Number(procs),
  }));
}

/** The node of each of `size` ranks: when the blocks are through, they begin anew. Undefined if that is unknown. */
export function nodesOfRanks(blocks: readonly MappingBlock[], size: number): number[] | undefined {
  const used = blocks.filter(({ nodes, procs }) => nodes > 0 && procs > 0);
  if (used.length === 0) return undefined;
  const ranks: number[] = [];
  for (let at = 0; ranks.length < size; at = (at + 1) % used.length) {
    const { first, nodes, procs } = used[at]!;
    const count = Math.min(nodes * procs, size - ranks.length);
    for (let i = 0; i < count; i++) ranks.push(first + Math.floor(i / procs));
  }
  return ranks;
}

/** True if these blocks put all of `size` ranks on one node. */
export function isOneNode(blocks: readonly MappingBlock[], size: number): boolean {
  return new Set(nodesOfRanks(blocks, size)).size === 1;
}

/** The mapping of nodes that run these numbers of processes, ranks assigned block by block: equal neighbours share a block. */
export function mappingOfCounts(counts: readonly number[]): MappingBlock[] {
  const blocks: MappingBlock[] = [];
  counts.forEach((procs, node) => {
    const last = blocks.at(-1);
    if (last?.procs === procs) last.nodes++;
    else blocks.push({ first: node, nodes: 1, procs });
  });
  return blocks;
}
