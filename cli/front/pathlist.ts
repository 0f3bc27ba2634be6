/**
 * A separated list without empty or repeated components (docs/protocol/cli.md §2.2). What is appended keeps its first occurrence; what is put in
 * front is moved there, one component after the other, so that several end up reversed.
 */
export class PathList {
  readonly #separator: string;
  #parts: string[] = [];

  constructor(separator = ':') {
    this.#separator = separator;
  }

  append(value: string | undefined): this {
    for (const part of this.#split(value)) if (!this.#parts.includes(part)) this.#parts.push(part);
    return this;
  }

  prepend(value: string | undefined): this {
    for (const part of this.#split(value)) this.#parts = [part, ...this.#parts.filter((other) => other !== part)];
    return this;
  }

  toString(): string {
    return this.#parts.join(this.#separator);
  }

  #split(value: string | undefined): string[] {
    return (value ?? '').split(this.#separator).filter(Boolean);
  }
}
