import fs from 'node:fs';
import path from 'node:path';
import { spawnProcess } from '../../core/sys/spawn';

/**
 * A PMI library as a launcher has it, for one process that knows no other: TEST_PMI_SIZE is how many it says there are. It has the key flux.instance-level, and keeps
 * one more. A barrier of several says "barrier" on standard output, and waits for ever.
 */
const source = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static char kept_key[64], kept_value[64], staged_key[64], staged_value[64];
static int size(void) { const char *s = getenv("TEST_PMI_SIZE"); return s ? atoi(s) : 1; }
#ifdef OWN
int flux_pmi_library;
#endif
int PMI_Init(int *spawned) { *spawned = 0; return getenv("TEST_PMI_FAIL") ? -1 : 0; }
int PMI_Get_rank(int *rank) { *rank = 0; return 0; }
int PMI_Get_size(int *n) { *n = size(); return 0; }
int PMI_Get_universe_size(int *n) { *n = 7; return 0; }
int PMI_Get_appnum(int *n) { *n = 5; return 0; }
int PMI_KVS_Get_name_length_max(int *n) { *n = 32; return 0; }
int PMI_KVS_Get_key_length_max(int *n) { *n = 64; return 0; }
int PMI_KVS_Get_value_length_max(int *n) { *n = 64; return 0; }
int PMI_KVS_Get_my_name(char *name, int length) { return snprintf(name, length, "%s", NAME) < length ? 0 : 8; }
int PMI_KVS_Put(const char *kvs, const char *key, const char *value) {
  if (strcmp(kvs, NAME)) return 3;
  strncpy(staged_key, key, 63), strncpy(staged_value, value, 63);
  return 0;
}
int PMI_KVS_Commit(const char *kvs) { strcpy(kept_key, staged_key), strcpy(kept_value, staged_value); return strcmp(kvs, NAME) ? 3 : 0; }
int PMI_KVS_Get(const char *kvs, const char *key, char *value, int length) {
  const char *found = !strcmp(key, "flux.instance-level") ? "3" : !strcmp(key, kept_key) ? kept_value : 0;
  if (!found || strcmp(kvs, NAME)) return 4;
  return snprintf(value, length, "%s", found) < length ? 0 : 7;
}
int PMI_Barrier(void) { if (size() > 1) { write(1, "barrier\\n", 8); for (;;) pause(); } return 0; }
int PMI_Abort(int code, const char *text) { fprintf(stderr, "%s\\n", text); _exit(code); }
int PMI_Finalize(void) { return 0; }
`;

/** Compiles it as DIR/libpmi.so; `name` is its KVS's. With `own` it looks like Flux's own library. Throws what the compiler says. */
export async function compilePmiLibrary(
  dir: string,
  { name = 'of-library', own = false }: { name?: string; own?: boolean } = {},
): Promise<string> {
  fs.mkdirSync(dir, { recursive: true });
  const library = path.join(dir, 'libpmi.so');
  fs.writeFileSync(path.join(dir, 'pmi.c'), source);
  const argv = ['cc', '-shared', '-fPIC', `-DNAME="${name}"`, ...(own ? ['-DOWN'] : []), '-o', library, path.join(dir, 'pmi.c')];
  const compiler = spawnProcess({ argv, env: process.env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  compiler.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const { status } = await compiler.exited;
  compiler.closeStdio();
  if (status !== 0) throw new Error(`cc: ${said}`);
  return library;
}
