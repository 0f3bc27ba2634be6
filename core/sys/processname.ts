import { checked, libc } from './ffi';
import { keepCommandLine } from './original-bytes';

const PR_SET_NAME = 15;

/** Names the calling thread (prctl PR_SET_NAME): what `ps -o comm` and `top` show of the process if it is the main one. 15 bytes are kept. */
export function setProcessName(name: string): void {
  const bytes = Buffer.alloc(16);
  bytes.write(name, 0, 15);
  checked(libc().prctl_name(PR_SET_NAME, bytes, 0, 0, 0));
}

/** Names the process as {@link setProcessName}, and in its command line (`ps -o args`) too, as far as that has room. */
export function setProcessTitle(title: string, name = title): void {
  keepCommandLine();
  process.title = title;
  setProcessName(name);
}
