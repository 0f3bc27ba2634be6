import type { Flux, Message } from '../../../core';
import { Flag } from '../../../core/message';
import { golden } from '../../unit/formats/golden';
import { simpleJobspec } from '../../unit/shell/standalone';
import { ShellInstance, started } from './shell-job';

interface Recorded {
  dir: 'client->shell' | 'shell->client';
  topic: string;
  flags: string;
  errnum: number | null;
  payload: Record<string, unknown> | null;
}
const { pty_attach: recorded } = golden<{ pty_attach: Recorded[] }>('shell.json');

let one: ShellInstance;
beforeAll(async () => {
  one = await ShellInstance.start(1);
});
afterAll(() => one.stop());
afterEach(() => jest.restoreAllMocks());

/** Notes what a handle sends about terminals. */
function note(flux: Flux, dir: Recorded['dir'], conversation: Recorded[]): Flux {
  const send = flux.send.bind(flux);
  jest.spyOn(flux, 'send').mockImplementation((message) => {
    if (message.topic?.includes('.terminus.')) conversation.push(recordOf(message, dir));
    send(message);
  });
  return flux;
}

const recordOf = (message: Message, dir: Recorded['dir']): Recorded => ({
  dir,
  topic: message.topic!.replace(/^\d+-/, '0-'),
  flags: `flags=${(['topic', 'payload', 'route', 'streaming'] as const).filter((name) => message.flags & Flag[name]).join()}`,
  errnum: dir === 'client->shell' ? null : message.errnum,
  payload: message.flags & Flag.payload ? message.json<Record<string, unknown>>() : null,
});

/** The conversation without the number of the terminal, and its size (the recorded task asked for it before the client was attached), and with what it printed joined: how much comes at once is the kernel's to say. */
function comparable(conversation: Recorded[]): Recorded[] {
  const joined: Recorded[] = [];
  for (const one of conversation) {
    const last = joined.at(-1);
    const data = one.dir === 'shell->client' ? one.payload?.['data'] : undefined;
    if (data !== undefined && last?.dir === one.dir && last.payload?.['data'] !== undefined) {
      last.payload = { ...last.payload, data: `${last.payload['data']}${data}` };
    } else joined.push({ ...one });
  }
  return joined.map((one) => {
    const payload =
      one.payload &&
      JSON.parse(
        JSON.stringify(one.payload)
          .replace(/pts\/\d+/, 'pts/N')
          .replace(/(?<=\\r\\n)\d+ \d+(?=\\r)/, 'SIZE'),
      );
    return { ...one, flags: one.flags.replace(',route', ''), payload };
  });
}

test('a client that is attached to the terminal of a task, and the shell, say what was recorded', async () => {
  const conversation: Recorded[] = [];
  const open = one.instance.open.bind(one.instance);
  jest.spyOn(one.instance, 'open').mockImplementation(async (rank) => note(await open(rank), 'shell->client', conversation));
  const { topic, payload } = recorded[0]!;
  const typed = recorded.filter(({ dir }) => dir === 'client->shell')[1]!.payload!;
  const script = 'tty; stty size; echo $FLUX_TERMINUS_SESSION; read line; echo got=$line; exit 3';
  const job = await one.run({
    id: BigInt(/\d+-shell-(\d+)/.exec(topic)![1]!),
    jobspec: simpleJobspec(['sh', '-c', script], { options: { pty: true } }),
    during: async (running) => {
      await started(running);
      const flux = note(await open(), 'client->shell', conversation);
      const own = `${running.service}.terminus.0`;
      let shown = '';
      for await (const { data } of flux.stream(own, payload!, { nodeid: 0 })) {
        if (data === undefined) continue;
        const before = shown.endsWith('\r\n0\r\n');
        shown += String(data);
        if (!before && shown.endsWith('\r\n0\r\n')) await flux.rpc(own, typed, { nodeid: 0 });
      }
      flux.close();
    },
  });
  expect(comparable(conversation)).toEqual(comparable(recorded));
  expect(job.codes).toEqual([3]);
});
