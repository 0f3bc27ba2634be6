import { FluxError, toFluxError } from '../sys/errors';

/** Flag bits of an attribute, as attr.get gives them (docs/protocol/broker.md §2). Clients cache immutable ones for ever. */
export const AttrFlag = { immutable: 1, readonly: 2, active: 4 } as const;

/** An attribute as attr.get gives it: null is one without a value, `flags` are bits of {@link AttrFlag}. */
export interface Attribute {
  value: string | null;
  flags: number;
}

/** An attribute whose value is computed, checked or acted upon. */
export interface ActiveAttribute {
  get(): string | null;
  /** Throws EINVAL or ERANGE for a value it refuses. Without it a value can't be set (EPERM). */
  set?(value: string): void | Promise<void>;
  /** Extra flag bits besides `active`. */
  flags?: number;
}

type Entry = { active: ActiveAttribute } | { active?: undefined; value: string | null; flags: number };

/** One broker's attributes (flux-broker-attributes(7)). Values are strings or null; names are free. */
export class Attributes {
  readonly #entries = new Map<string, Entry>();

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  get(name: string): Attribute | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    if (entry.active) return { value: entry.active.get(), flags: AttrFlag.active | (entry.active.flags ?? 0) };
    return { value: entry.value, flags: entry.flags };
  }

  /** The value alone; null for unknown names. */
  value(name: string): string | null {
    return this.get(name)?.value ?? null;
  }

  /** Registers an attribute of the broker's own. EEXIST if the name is taken. */
  add(name: string, value: string | null, flags = 0): void {
    if (this.#entries.has(name)) throw new FluxError('EEXIST');
    this.#entries.set(name, { value, flags });
  }

  /** Registers an attribute whose value may have been preset with --setattr; a preset value stays. Gives the value in force. */
  addDefault(name: string, value: string | null, flags = 0): string | null {
    const preset = this.#entries.get(name);
    const chosen = preset ? this.value(name) : value;
    this.#entries.set(name, { value: chosen, flags });
    return chosen;
  }

  /** Registers an active attribute; a preset value is set through it, so it may be refused (EINVAL, ERANGE, the errno of opening a file). */
  async addActive(name: string, active: ActiveAttribute): Promise<void> {
    const preset = this.value(name);
    try {
      if (preset !== null) await active.set?.(preset);
    } catch (e) {
      const { code, message } = toFluxError(e);
      throw new FluxError(code, `setattr ${name}=${preset}: ${message}`, { cause: e });
    }
    this.#entries.set(name, { active });
  }

  /**
   * Sets a value for a client. EPERM: immutable or read-only; EINVAL, ERANGE: refused by the attribute. An unknown name is created. `own`: one of the
   * broker's own modules sets it, for whom read-only attributes are there.
   */
  async set(name: string, value: string, { own = false } = {}): Promise<void> {
    const fixed = own ? AttrFlag.immutable : AttrFlag.immutable | AttrFlag.readonly;
    const entry = this.#entries.get(name);
    if (!entry) this.#entries.set(name, { value, flags: 0 });
    else if (this.get(name)!.flags & fixed) throw new FluxError('EPERM');
    else if (!entry.active) entry.value = value;
    else if (entry.active.set) await entry.active.set(value);
    else throw new FluxError('EPERM');
  }

  /** Removes one for a client. EPERM: immutable, read-only or active; an unknown name is fine. */
  remove(name: string): void {
    const attribute = this.get(name);
    if (attribute && attribute.flags !== 0) throw new FluxError('EPERM');
    this.#entries.delete(name);
  }

  /** Takes an attribute away whatever its flags: for its owner. */
  withdraw(name: string): void {
    this.#entries.delete(name);
  }
}
