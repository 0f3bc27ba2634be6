import { FluxError } from '../sys/errors';

/** The text of what is typed, in whatever pieces its bytes come: a session takes nothing else. */
export class TypedText {
  #decoder = newDecoder();

  /** @throws FluxError EILSEQ if there are bytes among them that are no UTF-8: nothing of the piece is to be typed */
  decode(piece: Uint8Array): string {
    try {
      return this.#decoder.decode(piece, { stream: true });
    } catch (e) {
      this.#decoder = newDecoder();
      throw new FluxError('EILSEQ', 'input that is no UTF-8 was not typed', { cause: e });
    }
  }
}

const newDecoder = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
