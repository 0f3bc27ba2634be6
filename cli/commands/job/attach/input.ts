import type { Flux } from '../../../../core/handle/flux';
import { isErrno } from '../../../../core/sys/errors';
import { type CommandContext, CommandError, failed } from '../../../command';
import type { ShellAddress } from './shell-address';

/**
 * Forwards standard input to all tasks, a request for each line and one for its end (job-info-list.md §7, stdin service). Returns what stops it.
 * `onError` is told if the job does not take it.
 */
export function forwardInput(ctx: CommandContext, flux: Flux, shell: ShellAddress, onError: (e: CommandError) => void): () => void {
  let rest: Buffer = Buffer.alloc(0);
  let sentData = false;
  let stopped = false;
  const { stdin } = ctx;

  const send = (content: { data: string; encoding?: 'base64' } | { eof: true }) => {
    flux.rpc(`${shell.service}.stdin`, { stream: 'stdin', rank: 'all', ...content }, { nodeid: shell.leaderRank }).catch((e) => {
      if (stopped) return;
      if (!isErrno(e, 'ENOSYS')) onError(failed('attach_send_shell', e));
      else if (sentData) onError(new CommandError('stdin not accepted by job'));
    });
  };
  const sendData = (data: Buffer) => {
    sentData = true;
    const text = data.toString();
    send(Buffer.from(text).equals(data) ? { data: text } : { data: data.toString('base64'), encoding: 'base64' });
  };
  const onData = (chunk: Buffer) => {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (let end = rest.indexOf(0x0a) + 1; end > 0; end = rest.indexOf(0x0a) + 1) {
      sendData(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
  const onEnd = () => {
    if (rest.length > 0) sendData(rest);
    send({ eof: true });
    stop();
  };
  // A terminal that belongs to another job of the shell: nothing can be read from it.
  const onStdinError = () => stop();
  const stop = () => {
    stdin.off('data', onData).off('end', onEnd).off('error', onStdinError).pause();
  };
  stdin.on('data', onData).on('end', onEnd).on('error', onStdinError).resume();
  return () => {
    stopped = true;
    stop();
  };
}
