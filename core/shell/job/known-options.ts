import { isJsonObject, type JsonObject } from '../../formats/json';
import { nearest } from '../../schema/nearest';

/** Options that the shell itself and its shipped initrc look at, if only sometimes. */
const own = ['initrc', 'mpi', 'userrc', 'verbose', 'per-resource.type', 'per-resource.count'];

/**
 * The shell options that somebody looks at. What is read or set is known; what is only read later, or in some jobs, its plugin declares
 * (types/shell.ts, `options`). A name with dots is a member of an option: of an option that has such names, no other members are known.
 */
export class KnownOptions {
  readonly #names = new Set(own);

  add(name: string): void {
    this.#names.add(name);
  }

  /** The options that nobody looks at, with the name that was meant, if one is near. */
  unknown(options: JsonObject, declared: readonly string[] = []): { name: string; near: string | undefined }[] {
    const names = new Set([...this.#names, ...declared]);
    const words = Object.keys(options).flatMap((name) => strangers(name, options[name], names));
    return words.map((name) => ({ name, near: nearest(name, names) }));
  }
}

function strangers(name: string, value: unknown, names: ReadonlySet<string>): string[] {
  const hasMembers = [...names].some((known) => known.startsWith(`${name}.`));
  if (!hasMembers) return names.has(name) ? [] : [name];
  return isJsonObject(value) ? Object.keys(value).flatMap((member) => strangers(`${name}.${member}`, value[member], names)) : [];
}
