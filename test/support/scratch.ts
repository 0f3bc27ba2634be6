import fs from 'node:fs';
import path from 'node:path';

/** Marks the processes that a test file starts, however far from it they have gone. */
const MARK = 'FLUX_TEST_SCRATCH';
/** Name of this run (scripts/test.mjs), which looks for what a file leaves whose own process has died. */
const run = process.env['FLUX_TEST_RUN'] ?? '';

/**
 * A folder for the temporary files of one test file (TMPDIR), and its name in the environment of all that it starts: what is left in the
 * folder, or runs with that name, was left behind. Programs that get an environment of their own need {@link scratchEnv} in it.
 */
export class Scratch {
  readonly #before = { TMPDIR: process.env['TMPDIR'], [MARK]: process.env[MARK] };
  readonly #folder = fs.mkdtempSync(path.join(process.env['TMPDIR'] ?? '/tmp', 'ft-'));
  readonly #mark = `${run}:${this.#folder}`;

  constructor() {
    Object.assign(process.env, { TMPDIR: this.#folder, [MARK]: this.#mark });
  }

  /** Files and processes, a line each. */
  leftovers(): string[] {
    return [
      ...fs.readdirSync(this.#folder).map((name) => `file ${path.join(this.#folder, name)}`),
      ...this.#processes().map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`),
    ];
  }

  /** Ends what is left: with the runner's output in its hands, whoever reads that would wait for it. */
  remove(): void {
    for (const pid of this.#processes()) killQuietly(Number(pid));
    for (const [name, value] of Object.entries(this.#before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  #processes(): string[] {
    const mark = `${MARK}=${this.#mark}\0`;
    return fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid && isMarked(pid, mark));
  }
}

/** The part of a program's environment that ties it to the test file. */
export function scratchEnv(): Record<string, string> {
  return Object.fromEntries(['TMPDIR', MARK].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

/** A zombie has no environment left: LeakGuard knows of those. */
const isMarked = (pid: string, mark: string) => `${read(`/proc/${pid}/environ`)}\0`.includes(mark);

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has just ended
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended, or is another user's
  }
}
