import { signals } from '../../core/sys/signals';
import { type Child, spawnProcess } from '../../core/sys/spawn';

/** A server that stays in the foreground, and tells of itself on its standard error. */
export class Daemon {
  readonly #child: Child;
  #said = '';

  private constructor(child: Child) {
    this.#child = child;
  }

  /** Resolves when it has said these words; rejects with all that it said if it ends before. */
  static async start(argv: string[], words: string, env: Record<string, string | undefined> = process.env): Promise<Daemon> {
    const daemon = new Daemon(spawnProcess({ argv, env, stdio: ['ignore', 'ignore', 'pipe'] }));
    await daemon.#says(words);
    return daemon;
  }

  async stop(): Promise<void> {
    this.#child.kill(signals.SIGTERM);
    await this.#child.exited;
    this.#child.closeStdio();
  }

  #says(words: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#child.stderr!.on('data', (chunk: Buffer) => {
        this.#said += chunk.toString();
        if (this.#said.includes(words)) resolve();
      });
      void this.#child.exited.then(() => reject(new Error(`${this.#said}\nended without saying ${words}`)));
    });
  }
}
