import fs from 'node:fs';
import path from 'node:path';
import { FluxError } from './errors';
import { checked, lastErrno, libc } from './ffi';
import { searchPath } from './pathsearch';
import { kill, signals } from './signals';
import { type Child, environmentStrings, type SpawnOptions, spawnProcess } from './spawn';
import { isStopped, stoppingSignal } from './waitstatus';

const PTRACE_CONT = 7;
const PTRACE_DETACH = 17;
const PTRACE_SEIZE = 0x4206;
const PTRACE_O_TRACEEXEC = 0x10;
const PTRACE_EVENT_EXEC = 4;
const X_OK = 1;
const P_PID = 1;
const WNOHANG = 1;
const WSTOPPED = 2;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const CLD_DUMPED = 3;

/**
 * Starts a program that is stopped (SIGSTOP) right after its exec, before its first instruction, for a debugger to attach to: /proc/PID/exe and the
 * memory are the program's already. SIGCONT lets it run.
 *
 * No code runs between posix_spawn's fork and its exec, which could ask to be traced. So sh(1) stops itself, is traced from there through env(1), which
 * gives the program its environment as it is (sh would drop names that it can't have), to the exec of the program, and let go of there. Blocks the
 * thread for these few milliseconds. Throws as {@link spawnProcess}; EPERM where ptrace(2) is not allowed, EINVAL for a program with `=` in its name.
 */
export function spawnStopped(options: SpawnOptions): Child {
  const [program = ''] = options.argv;
  if (program.includes('=')) throw new FluxError('EINVAL', 'a program with = in its name can’t be started stopped');
  mustBeExecutable(program, options);
  const argv = ['/bin/sh', '-c', 'kill -STOP $$; exec env -i -- "$@"', 'sh', ...environmentStrings(options.env), ...options.argv];
  const child = spawnProcess({ ...options, argv, env: {} });
  try {
    leadToExec(child.pid);
  } catch (e) {
    child.kill(signals.SIGKILL);
    throw e;
  }
  return child;
}

function mustBeExecutable(program: string, { env, cwd = '.' }: SpawnOptions): void {
  searchPath(program, { path: env['PATH'], cwd }, (file) => {
    const found = path.resolve(cwd, file);
    checked(libc().access(found, X_OK));
    if (fs.statSync(found).isDirectory()) throw new FluxError('EACCES');
  });
}

/** Its second exec from here is the program's. One that ends on the way is left to who waits for its end. */
function leadToExec(pid: number): void {
  if (nextStop(pid) === undefined) return;
  trace(PTRACE_SEIZE, pid, PTRACE_O_TRACEEXEC);
  kill(pid, signals.SIGCONT);
  for (let execs = 0; execs < 2; ) {
    const stop = nextStop(pid);
    if (stop === undefined) return;
    if (stop.event === PTRACE_EVENT_EXEC) execs++;
    if (execs === 2) kill(pid, signals.SIGSTOP); // before it goes on
    trace(PTRACE_CONT, pid, stop.signal);
  }
  for (let stop = nextStop(pid); stop; stop = nextStop(pid)) {
    const arrived = stop.signal === signals.SIGSTOP;
    trace(arrived ? PTRACE_DETACH : PTRACE_CONT, pid, stop.signal);
    if (arrived) break;
  }
  nextStop(pid); // stopped for all to see, no longer traced
}

/** Waits for the child to stop. `signal`: the one it is about to get, or 0. Undefined if it has ended. */
function nextStop(pid: number): { event: number; signal: number } | undefined {
  const info = new Int32Array(32);
  while (libc().waitid(P_PID, pid, info, WSTOPPED | WEXITED | WNOWAIT) === -1) if (lastErrno() !== 4) checked(-1); // EINTR
  if (info[2]! <= CLD_DUMPED) return undefined;
  const status = new Int32Array(1);
  checked(libc().wait4(pid, status, WSTOPPED | WNOHANG, null));
  if (!isStopped(status[0]!)) return undefined;
  const event = status[0]! >> 16;
  return { event, signal: event === 0 ? stoppingSignal(status[0]!) : 0 };
}

function trace(request: number, pid: number, data: number): void {
  if (libc().ptrace(request, pid, 0, data) !== -1) return;
  const errnum = lastErrno();
  if (errnum !== 3) throw new FluxError(errnum, `ptrace: ${new FluxError(errnum).message}`); // ESRCH: it has been killed
}
