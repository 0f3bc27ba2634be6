import fs from 'node:fs';
import path from 'node:path';
import { Flux } from '../../../core';
import { signals } from '../../../core/sys/signals';
import { type Child, spawnProcess } from '../../../core/sys/spawn';

const root = path.resolve(__dirname, '../../../..');

/** An instance of one broker, as ./flux starts it, that can be killed: a process of its own. */
export class BrokerProcess {
  readonly #child: Child;
  readonly #uri: string;
  readonly #handles: Flux[] = [];

  private constructor(child: Child, uri: string) {
    this.#child = child;
    this.#uri = uri;
  }

  /** Starts it with these attributes, its run-time files in `folder`. Resolves when its initial program runs. */
  static async start(folder: string, attributes: Record<string, string>): Promise<BrokerProcess> {
    const rundir = path.join(folder, 'run');
    fs.rmSync(rundir, { recursive: true, force: true }); // of one that was killed
    fs.mkdirSync(rundir);
    const options = Object.entries({ ...attributes, rundir }).map(([name, value]) => `-S${name}=${value}`);
    const child = spawnProcess({
      // The program ends with its standard input, also when the broker is gone.
      argv: [path.join(root, 'flux'), 'start', '-o', options.join(','), 'echo $FLUX_URI; cat'],
      env: { PATH: process.env['PATH'], HOME: folder, SHELL: '/bin/sh' },
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const uri = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stdout!.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('\n')) resolve(text.trim());
      });
      void child.exited.then(({ status }) => {
        child.closeStdio();
        reject(new Error(`the broker ended with status ${status}:\n${stderr}`));
      });
    });
    return new BrokerProcess(child, uri);
  }

  async open(): Promise<Flux> {
    const flux = await Flux.open(this.#uri);
    this.#handles.push(flux);
    return flux;
  }

  /** Ends it by SIGKILL, if it runs. */
  async kill(): Promise<void> {
    if (this.#child.running) this.#child.kill(signals.SIGKILL);
    await this.stop();
  }

  /** Ends its initial program, and so the broker. */
  async stop(): Promise<void> {
    this.#child.stdin!.end();
    await this.#child.exited;
    for (const flux of this.#handles.splice(0)) flux.close();
    this.#child.closeStdio();
  }
}
