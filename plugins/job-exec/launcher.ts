/** Why a job can't go on: the note of an exception of type exec. */
export class ExecFailure extends Error {}

/** What a launcher tells of its job. */
export interface LauncherEvents {
  /** All shells run. */
  onStarted(): void;
  /** A fatal failure: an exception with this note is to be posted. The launcher goes on until its shells are gone. */
  onFailure(note: string): void;
  /** A line of a shell's own output. */
  onOutput(component: string, rank: number, stream: string, line: string): void;
}

/** Runs the shells of one job, or pretends to. */
export interface Launcher {
  /** Starts; resolves with the job's raw wait status when all is over. Throws ExecFailure before anything was started. */
  run(): Promise<number>;
  /** Signals everything that runs; what is not launched yet is dropped. */
  kill(signum: number): void;
  /** The job runs already: for whoever took it over from an earlier life of the service. */
  readonly started: boolean;
}
