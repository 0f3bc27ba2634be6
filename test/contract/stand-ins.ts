/** What stands in for recorded values in requests: places of the recorder's machine, and ids that this instance gave instead. */
export class StandIns {
  readonly #ids = new Map<number, number>();

  /** From now on `real` stands for the recorded job id. */
  learn(recorded: number, real: number): void {
    this.#ids.set(recorded, real);
  }

  /** Whether anything in the text of a request may have to be replaced. */
  applyTo(text: string): boolean {
    return this.#ids.size > 0 || text.includes('@');
  }

  value(value: unknown): unknown {
    if (typeof value === 'number') return this.#ids.get(value) ?? value;
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((one) => this.value(one));
    if (typeof value !== 'object' || value === null) return value;
    if ('mechanism' in value) return this.#signed(value as Signed);
    if ('jsonString' in value) return JSON.stringify(this.value(value.jsonString));
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, this.value(member)]));
  }

  text(text: string): string {
    let result = text.replace(/@(INSTALL|CWD|HOME|TMP|RUNDIR|SOCKET)@[^"\s:]*/g, '/tmp');
    for (const [recorded, real] of this.#ids) result = result.replace(new RegExp(`\\b(job|shell)-${recorded}\\b`, 'g'), `$1-${real}`);
    return result;
  }

  /** A signed jobspec is recorded with its parts decoded. */
  #signed({ header, payload, mechanism }: Signed): string {
    const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');
    return `${base64(header.join('\0'))}.${Buffer.from(JSON.stringify(this.value(payload))).toString('base64')}.${mechanism}`;
  }
}

interface Signed {
  header: string[];
  payload: unknown;
  mechanism: string;
}
