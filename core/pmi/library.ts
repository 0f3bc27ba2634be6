import type { CFunction, SharedLibrary } from '../sys/shared-library';
import { type PmiClient, PmiError, type PmiMaxes } from './client';
import { PmiCode } from './wire';

/** PMI-1's functions of C, as far as they are used; each gives a {@link PmiCode}. */
const declarations = {
  PMI_Init: 'int PMI_Init(void *spawned)',
  PMI_Get_rank: 'int PMI_Get_rank(void *rank)',
  PMI_Get_size: 'int PMI_Get_size(void *size)',
  PMI_Get_universe_size: 'int PMI_Get_universe_size(void *size)',
  PMI_Get_appnum: 'int PMI_Get_appnum(void *appnum)',
  PMI_KVS_Get_name_length_max: 'int PMI_KVS_Get_name_length_max(void *length)',
  PMI_KVS_Get_key_length_max: 'int PMI_KVS_Get_key_length_max(void *length)',
  PMI_KVS_Get_value_length_max: 'int PMI_KVS_Get_value_length_max(void *length)',
  PMI_KVS_Get_my_name: 'int PMI_KVS_Get_my_name(void *name, int length)',
  PMI_KVS_Put: 'int PMI_KVS_Put(const char *kvsname, const char *key, const char *value)',
  PMI_KVS_Commit: 'int PMI_KVS_Commit(const char *kvsname)',
  PMI_KVS_Get: 'int PMI_KVS_Get(const char *kvsname, const char *key, void *value, int length)',
  PMI_Barrier: 'int PMI_Barrier()',
  PMI_Abort: 'int PMI_Abort(int exit_code, const char *message)',
  PMI_Finalize: 'int PMI_Finalize()',
} as const;

type Functions = Record<keyof typeof declarations, CFunction>;

/**
 * {@link PmiClient} over a launcher's libpmi.so. Its functions run on a thread beside the event loop, one at a time, so that signals are heard while
 * a barrier waits. The library stays loaded: it may have threads of its own.
 */
export class PmiLibraryClient implements PmiClient {
  #name: string | undefined;

  private constructor(
    private readonly c: Functions,
    readonly rank: number,
    readonly size: number,
  ) {}

  /** Calls PMI_Init. Throws ELIBACC if it is no PMI-1 library, else {@link PmiError}. */
  static async open(library: SharedLibrary): Promise<PmiLibraryClient> {
    const entries = Object.entries(declarations).map(([name, declaration]) => [name, library.function(declaration)] as const);
    const c = Object.fromEntries(entries) as Functions;
    await number(c.PMI_Init);
    return new PmiLibraryClient(c, await number(c.PMI_Get_rank), await number(c.PMI_Get_size));
  }

  /** Nothing is left to do: a library says who we are only when it is initialized. */
  async init(): Promise<void> {}

  async maxes(): Promise<PmiMaxes> {
    return {
      kvsname: await number(this.c.PMI_KVS_Get_name_length_max),
      key: await number(this.c.PMI_KVS_Get_key_length_max),
      value: await number(this.c.PMI_KVS_Get_value_length_max),
    };
  }

  async kvsname(): Promise<string> {
    const length = await number(this.c.PMI_KVS_Get_name_length_max);
    this.#name ??= await text(length, (buffer) => this.c.PMI_KVS_Get_my_name(buffer, length));
    return this.#name;
  }

  universeSize(): Promise<number> {
    return number(this.c.PMI_Get_universe_size);
  }

  appnum(): Promise<number> {
    return number(this.c.PMI_Get_appnum);
  }

  async put(key: string, value: string): Promise<void> {
    check(await this.c.PMI_KVS_Put(await this.kvsname(), key, value));
  }

  async get(key: string): Promise<string> {
    const length = await number(this.c.PMI_KVS_Get_value_length_max);
    const name = await this.kvsname();
    return text(length, (buffer) => this.c.PMI_KVS_Get(name, key, buffer, length));
  }

  /** Commits what was put, and waits for all processes: behind the barrier each can get it. */
  async barrier(): Promise<void> {
    check(await this.c.PMI_KVS_Commit(await this.kvsname()));
    check(await this.c.PMI_Barrier());
  }

  abort(exitCode: number, message = ''): void {
    void this.c.PMI_Abort(exitCode, message);
  }

  async finalize(): Promise<void> {
    check(await this.c.PMI_Finalize());
  }

  close(): void {}
}

function check(code: number): void {
  if (code !== PmiCode.success) throw new PmiError(code);
}

/** The number that a C function writes to an `int *`. @throws PmiError for its return code */
async function number(get: CFunction): Promise<number> {
  const result = new Int32Array(1);
  check(await get(result));
  return result[0]!;
}

/** The text that a C function writes to a buffer of `length` bytes, up to its NUL. @throws PmiError for its return code */
async function text(length: number, get: (buffer: Buffer) => Promise<number>): Promise<string> {
  const buffer = Buffer.alloc(length + 1);
  check(await get(buffer));
  return buffer.toString('utf8', 0, buffer.indexOf(0));
}
