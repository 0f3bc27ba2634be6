/** One figure of a benchmark. */
export interface Row {
  what: string;
  value: number;
  unit: string;
  /** What the figure stands beside: its minimum, its ratio to a primitive measured in the same run. */
  note?: string;
}

export interface BenchOptions {
  /** How often each thing is measured. */
  rounds: number;
}

/** What a file bench/NAME.bench.ts exports as default. It measures and never judges: a busy machine gives other figures, not a failure. */
export interface Bench {
  name: string;
  run(options: BenchOptions): Promise<Row[]>;
}
