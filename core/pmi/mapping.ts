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
