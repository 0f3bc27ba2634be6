import fs from 'node:fs';
import path from 'node:path';

/** A message as it was seen on a client's socket: sent (`>`) or received (`<`). */
export interface RecordedMessage {
  dir: '>' | '<';
  type: 'request' | 'response' | 'event';
  flags: number;
  topic: string;
  /** Payload: one of these, or none. `text` stands beside `json` where its exact form matters (reals such as 2.0). */
  json?: Record<string, unknown>;
  text?: string;
  string?: string;
  base64?: string;
  userid: number;
  rolemask: number;
  nodeid?: number | 'any';
  matchtag?: number;
  errnum?: number;
  seq?: number;
}

/** A command line with what it printed and each connection it made, in the order of their first messages. */
export interface Conversation {
  /** `NUMBER. COMMAND`: a name for tests. */
  name: string;
  cmd: string;
  exit: number;
  stdout: string | { jsonString: unknown };
  stderr: string;
  connections: RecordedMessage[][];
}

const file = path.join(__dirname, '../golden/conversations.jsonl');

/** What clients of the original did on one instance of two brokers, in order: later ones build on what earlier ones stored. */
export const conversations: readonly Conversation[] = fs
  .readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line, i) => {
    const recorded = JSON.parse(line) as Omit<Conversation, 'name'>;
    // The first thing on each connection is the broker's welcome.
    const connections = recorded.connections.map((log) => log.filter((message) => !('handshake' in message)));
    return { ...recorded, name: `${i + 1}. ${recorded.cmd}`, connections };
  });
