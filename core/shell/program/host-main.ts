import fs from 'node:fs';
import path from 'node:path';
import { HOST_CHANNEL_FD, HostChannel, type HostReport, type HostRequest } from '../../subprocess';
import { endingSignals, onSignal } from '../../sys/ending-signals';
import { streamFromFd } from '../../sys/fds';
import { parseArguments } from './arguments';
import { HostedShells } from './host';
import { installation, shellOptions } from './options';

/**
 * The program flux-shell-host: runs the shells that a broker asks for on descriptor 3, and ends with it. Gives its exit status; started by
 * hand it says what it is for.
 */
export async function main(argv: string[]): Promise<number> {
  if (argv.length > 0 || !isSocket(HOST_CHANNEL_FD)) {
    fs.writeSync(2, 'flux-shell-host: runs the shells of a broker, which starts it\n');
    return 1;
  }
  const userid = process.getuid!();
  return new Promise((resolve) => {
    const channel: HostChannel<HostReport, HostRequest> = new HostChannel(
      streamFromFd(HOST_CHANNEL_FD),
      (request: HostRequest) => host.take(request),
      () => void host.close().then(() => resolve(0)),
    );
    const host: HostedShells = new HostedShells({
      builtins: path.join(installation(), 'shell-plugins'),
      shellOptions({ argv: [, ...args], env, cwd }) {
        const parsed = parseArguments(args);
        return 'status' in parsed ? undefined : shellOptions(parsed, { env, cwd, userid });
      },
      report: (report) => channel.send(report),
      log: (line) => fs.writeSync(2, `${line}\n`),
    });
    divideProcess(host);
  });
}

/** Gives each shell its own of the things that a process has once, and plugins may take for their shell's: exit, streams, uncaught errors, signals. */
function divideProcess(host: HostedShells): void {
  const { exit } = process;
  process.exit = ((code?: number | string | null) => (host.current ? host.current.exit(Number(code ?? 0)) : exit(code))) as typeof exit;
  for (const stream of ['stdout', 'stderr'] as const) {
    const write = process[stream].write.bind(process[stream]) as (...args: unknown[]) => boolean;
    process[stream].write = ((...args: unknown[]) => {
      if (!host.current) return write(...args);
      host.current.print(stream, args[0] as string | Uint8Array);
      const done = args.at(-1);
      if (typeof done === 'function') process.nextTick(done as () => void);
      return true;
    }) as typeof process.stdout.write;
  }
  process.setUncaughtExceptionCaptureCallback((e) => host.stray(e)); // rejections that nobody handles come here, too
  for (const signum of endingSignals) onSignal(signum, () => host.signal(signum));
}

function isSocket(fd: number): boolean {
  try {
    return fs.fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}

if (require.main === module) void main(process.argv.slice(2)).then((status) => process.exit(status));
