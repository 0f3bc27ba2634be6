/**
 * Rejections that nobody handles. Node would end the process of the test runner at once; here a test may look at a promise later than it is rejected, and
 * what nobody has looked at by the end of a file fails that file.
 */
export class Rejections {
  readonly #unhandled = new Map<Promise<unknown>, unknown>();

  constructor() {
    process.on('unhandledRejection', (reason, promise) => this.#unhandled.set(promise, reason));
    process.on('rejectionHandled', (promise) => this.#unhandled.delete(promise));
  }

  /** Throws what was not handled since the last time. */
  check(): void {
    const reasons = [...this.#unhandled.values()];
    this.#unhandled.clear();
    if (reasons.length === 0) return;
    const texts = reasons.map((reason) => (reason instanceof Error ? reason.stack : String(reason)));
    throw new Error(`rejections that nobody handled:\n${texts.join('\n')}`);
  }
}
