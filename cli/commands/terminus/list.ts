import { strftime } from '../../../core/formats/strftime';
import type { SessionList } from '../../../core/terminus/protocol';

/** What `flux terminus list` prints. */
export function listText({ server, sessions }: SessionList): string {
  const lines = [`server at ${server.service} running on rank ${server.rank} since ${date(server.ctime)}`];
  if (sessions.length === 0) lines.push('no sessions');
  else lines.push(`${sessions.length} current session${sessions.length === 1 ? '' : 's'}:`);
  for (const { id, name, exited, clients, ctime } of sessions) {
    lines.push(`${id}: [${name}]${exited ? ' (exited)' : ''} ${clients} clients (created ${date(ctime)})`);
  }
  return `${lines.join('\n')}\n`;
}

const date = (seconds: number): string => strftime('%c', seconds, { utc: true });
