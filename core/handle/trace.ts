import { Flag, type Message, MessageType, NODEID_ANY, Role, USERID_UNKNOWN } from '../message';

const prefixes: Record<number, string> = {
  [MessageType.request]: '>',
  [MessageType.response]: '<',
  [MessageType.event]: 'e',
  [MessageType.control]: 'k',
};
const flagNames = ['topic', 'payload', 'noresponse', 'route', 'upstream', 'private', 'streaming'] as const;
const roleNames: Record<number, string> = { [Role.none]: 'none', [Role.owner]: 'owner', [Role.user]: 'user', [Role.all]: 'all' };
const HEX_BYTES = 37;
const ID_LENGTH = 8;

/** The dump of one message as FLUX_HANDLE_TRACE prints it (docs/protocol/wire.md §3); `seconds` since the first trace of this handle. */
export function traceMessage(message: Message, seconds: number): string {
  const mark = prefixes[message.type] ?? '?';
  const lines = ['-'.repeat(38), `${mark} ${seconds.toFixed(5)}`];
  if (message.topic !== undefined) lines.push(`${mark} ${message.topic}`);
  lines.push(`${mark} ${protoLine(message)}`);
  if (message.routes?.length) lines.push(`${mark} |${message.routes.map((id) => id.slice(0, ID_LENGTH)).join('!')}|`);
  if (message.payload) lines.push(`${mark} ${payloadLine(message.payload.bytes)}`);
  return `${lines.join('\n')}\n`;
}

function protoLine(message: Message): string {
  const flags = flagNames.filter((name) => message.has(Flag[name]));
  const userid = message.userid === USERID_UNKNOWN ? 'unknown' : String(message.userid);
  const words = [`flags=${flags.join(',')}`, `userid=${userid}`, `rolemask=${roleNames[message.rolemask] ?? 'unknown'}`];
  if (message.isRequest) {
    const nodeid = message.upstream ? 'upstream' : message.nodeid === NODEID_ANY ? 'any' : String(message.nodeid);
    words.push(`nodeid=${nodeid}`, `matchtag=${message.matchtag}`);
  } else if (message.isResponse) words.push(`errnum=${message.errnum}`, `matchtag=${message.matchtag}`);
  else if (message.isEvent) words.push(`sequence=${message.sequence}`);
  else words.push(`errnum=${message.aux1}`, `status=${message.aux2}`);
  return words.join(' ');
}

function payloadLine(bytes: Buffer): string {
  if (bytes.length > 0 && bytes[bytes.length - 1] === 0) return bytes.toString('utf8', 0, bytes.length - 1);
  const hex = bytes.subarray(0, HEX_BYTES).toString('hex').toUpperCase();
  return bytes.length > HEX_BYTES ? `${hex}...` : hex;
}
