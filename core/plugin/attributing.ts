import { stackFrames } from './stack-frames';

/** An owner of files on disk, such as a LoadedPlugin. `files` is read when it is asked about, so that late imports count. */
export interface FileOwner {
  readonly files: readonly string[];
}

/** Code that is told of what escapes it. */
export interface CodeOwner extends FileOwner {
  escaped(e: unknown): void;
}

/**
 * Tells whose code an error comes from, by its stack: for the process-wide guard against what escapes a plugin (a rejection that nobody
 * handles, a raw timer). Plugins keep their file names when they are loaded, so a frame names the file.
 */
export class Attribution<O extends FileOwner> {
  readonly #owners = new Set<O>();

  /** From now on `owner` answers for its files; call what is returned when it is unloaded. */
  register(owner: O): () => void {
    this.#owners.add(owner);
    return () => this.#owners.delete(owner);
  }

  /**
   * The owners of the topmost frame that belongs to any, of the error or else of its cause: several when the same file is loaded more than
   * once, none when no plugin is to blame, or it can't be told (a thrown value without a stack).
   */
  ownersOf(thrown: unknown): O[] {
    for (const error of chainOf(thrown)) {
      for (const { file } of stackFrames(error)) {
        const owners = [...this.#owners].filter((owner) => owner.files.includes(file));
        if (owners.length > 0) return owners;
      }
    }
    return [];
  }
}

/** Tells the owners of the code that an error escaped from; false if it is nobody's. */
export function tellOwners(attribution: Attribution<CodeOwner>, e: unknown): boolean {
  const owners = attribution.ownersOf(e);
  for (const owner of owners) owner.escaped(e);
  return owners.length > 0;
}

const MAX_CAUSES = 16;

function* chainOf(thrown: unknown): Generator<Error> {
  let error = thrown;
  for (let depth = 0; error instanceof Error && depth < MAX_CAUSES; depth++, error = error.cause) {
    yield error;
    if (error instanceof AggregateError) for (const inner of error.errors) if (inner instanceof Error) yield inner;
  }
}
