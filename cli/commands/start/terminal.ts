import { setTerminalModes, type TerminalModes, terminalModes } from '../../../core/sys/termios';
import type { CommandContext } from '../../command';

/** Brings the terminal back into the state it had before brokers and their programs used it. */
export class TerminalGuard {
  readonly #modes: TerminalModes | undefined;
  readonly #unhandle: () => void;

  constructor(ctx: CommandContext) {
    const isTTY = ctx.isTTY(0);
    this.#modes = isTTY ? terminalModes(0) : undefined;
    // a background process group that sets terminal modes is stopped unless it ignores this signal
    this.#unhandle = isTTY ? ctx.onSignal('SIGTTOU', () => {}) : () => {};
  }

  restore(): void {
    if (this.#modes) setTerminalModes(0, this.#modes);
    this.#unhandle();
  }
}
