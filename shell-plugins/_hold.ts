import type { Shell } from 'flux';

/** Keeps the shell running until a promise is settled, by a completion reference of this name. */
export async function hold<T>(shell: Shell, name: string, promise: Promise<T>): Promise<T> {
  shell.addCompletionRef(name);
  try {
    return await promise;
  } finally {
    shell.removeCompletionRef(name);
  }
}
