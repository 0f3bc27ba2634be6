import { type AsyncQueue, Flux, NO_RESPONSE } from '../../../core/handle';
import { Flag, Message } from '../../../core/message';
import { FluxError } from '../../../core/sys/errors';
import { transportPair } from '../../../core/transport';

const settle = () => new Promise(setImmediate);

test.each(['nosuch', 'constructor', '__proto__'])('there is no connector %s', async (scheme) => {
  await expect(Flux.open(`${scheme}://x`, { env: {} })).rejects.toMatchObject({ code: 'ENOENT' });
});

describe('a handle on loop://', () => {
  let flux: Flux;
  beforeEach(async () => {
    flux = await Flux.open('loop://', { env: {} });
  });
  afterEach(() => flux.close());

  test('answers its own RPCs', async () => {
    flux.serve('x.add', {}, ({ a, b }) => ({ sum: Number(a) + Number(b) }));
    expect(await flux.rpc('x.add', { a: 1, b: 2 })).toEqual({ sum: 3 });
  });

  test('an error keeps its errno and text; what is no FluxError is EINVAL with its message', async () => {
    flux.serve('x.fail', {}, () => {
      throw new FluxError('EBUSY', 'later');
    });
    flux.serve('x.bug', {}, async () => {
      throw new TypeError('a bug');
    });
    await expect(flux.rpc('x.fail')).rejects.toMatchObject({ code: 'EBUSY', errnum: 16, text: 'later' });
    await expect(flux.rpc('x.bug')).rejects.toMatchObject({ message: 'a bug' });
  });

  test('a method that does not exist is ENOSYS with the text of the contract', async () => {
    await expect(flux.rpc('x.nosuch')).rejects.toMatchObject({ code: 'ENOSYS', text: 'Unknown service method' });
  });

  test('a stream yields each response and ends with ENODATA', async () => {
    flux.serveStream('x.count', {}, async function* ({ n }) {
      for (let i = 0; i < Number(n); i++) yield { i };
    });
    const got: unknown[] = [];
    for await (const { i } of flux.stream('x.count', { n: 3 })) got.push(i);
    expect(got).toEqual([0, 1, 2]);
  });

  test('a streaming method refuses a request without the flag', async () => {
    flux.serveStream('x.count', {}, async function* () {
      yield {};
    });
    await expect(flux.rpc('x.count')).rejects.toMatchObject({ code: 'EPROTO' });
  });

  test('cancel ends a stream, and tells its handler', async () => {
    const told = new Promise<void>((resolve) => {
      flux.serveStream('x.ever', {}, async function* (_, request) {
        request.signal.addEventListener('abort', () => resolve());
        for (let i = 0; ; i++) {
          yield { i };
          await settle();
        }
      });
    });
    const stream = flux.stream('x.ever');
    expect((await stream.next()).done).toBe(false);
    stream.cancel();
    for await (const _ of stream);
    await told;
  });

  test('cancel and disconnect of a service that knows neither are unknown methods to who wants an answer', async () => {
    flux.serve('x.add', {}, () => ({}));
    for (const topic of ['x.cancel', 'x.disconnect'])
      await expect(flux.rpc(topic, { matchtag: 7 })).rejects.toMatchObject({ code: 'ENOSYS', text: 'Unknown service method' });
  });

  test('who cancels a stream and wants an answer gets one', async () => {
    flux.serveStream('x.ever', {}, async function* (_, request) {
      yield {};
      await new Promise((resolve) => request.signal.addEventListener('abort', resolve));
    });
    const stream = flux.stream('x.ever');
    await stream.next();
    await expect(flux.rpc('x.cancel', { matchtag: stream.matchtag })).resolves.toEqual({});
    expect((await stream.next()).done).toBe(true);
  });

  test('a plain request is cancelled, too, when its sender is gone', async () => {
    const signals: AbortSignal[] = [];
    const started = new Promise<void>((resolve) => {
      flux.serve('x.late', {}, async (_, request) => {
        signals.push(request.signal);
        resolve();
        await new Promise((done) => request.signal.addEventListener('abort', done));
      });
      flux.serve('x.later', {}, (_, request) => {
        signals.push(request.signal);
        return NO_RESPONSE;
      });
    });
    const abort = new AbortController();
    const given = Promise.allSettled(['x.late', 'x.later'].map((topic) => flux.rpc(topic, {}, { signal: abort.signal })));
    await started;
    await settle();
    flux.notify('x.disconnect');
    await settle();
    abort.abort();
    await given;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  test('a handler may respond later by itself', async () => {
    flux.serve('x.later', {}, (_, request) => {
      setImmediate(() => request.respond({ late: true }));
      return NO_RESPONSE;
    });
    expect(await flux.rpc('x.later')).toEqual({ late: true });
  });

  test('an RPC that nobody answers times out, or is given up, and its late response is ignored', async () => {
    let late: (() => void) | undefined;
    flux.serve('x.never', {}, (_, request) => {
      late = () => request.respond();
      return NO_RESPONSE;
    });
    await expect(flux.rpc('x.never', {}, { timeout: 1 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    late!();
    await settle();
    await expect(flux.rpc('x.never', {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ECANCELED' });
  });

  test('an RPC may be given more time than a timer of Node has', async () => {
    flux.serve('x.slow', {}, () => new Promise((resolve) => setTimeout(resolve, 20, { slow: true })));
    expect(await flux.rpc('x.slow', {}, { timeout: 365 * 86_400_000 })).toEqual({ slow: true });
  });

  test('attributes of loop:// are preset', async () => {
    expect([await flux.rank(), await flux.size(), await flux.getattr('tbon.fanout')]).toEqual([0, 1, '2']);
  });

  test('a request without response gets none, not even an error', async () => {
    const calls: unknown[] = [];
    flux.serve('x.quiet', {}, (payload) => {
      calls.push(payload);
      throw new FluxError('EIO');
    });
    flux.notify('x.quiet', { a: 1 });
    await settle();
    expect(calls).toEqual([{ a: 1 }]);
  });
});

describe('a handle over a transport', () => {
  function pair(): {
    flux: Flux;
    sent: Message[];
    answer: (request: Message, change?: (response: Message) => void) => void;
    end: () => void;
    give: (m: Message) => void;
  } {
    const [near, far] = transportPair();
    const sent: Message[] = [];
    far.onMessage = (message) => sent.push(message);
    const answer = (request: Message, change: (response: Message) => void = () => {}) => {
      const response = Message.response(request, 0, { ok: true });
      response.rolemask = 1;
      change(response);
      far.send(response);
    };
    return { flux: new Flux(near, { subscriptions: null }), sent, answer, end: () => far.close(), give: (m) => far.send(m) };
  }

  test('sends requests with an empty route stack, unknown credentials, and matchtags from 1', async () => {
    const { flux, sent, answer } = pair();
    const first = flux.rpc('a.b');
    const second = flux.rpc('a.c', { x: 1 }, { nodeid: 3 });
    await settle();
    expect(sent.map((m) => [m.topic, m.flags, m.routes, m.userid, m.rolemask, m.nodeid, m.matchtag])).toEqual([
      ['a.b', Flag.topic | Flag.route, [], 0xffffffff, 0, 0xffffffff, 1],
      ['a.c', Flag.topic | Flag.route | Flag.payload, [], 0xffffffff, 0, 3, 2],
    ]);
    for (const request of sent) answer(request);
    await Promise.all([first, second]);
    void flux.rpc('a.d').catch(() => {});
    await settle();
    expect(sent[2]!.matchtag).toBeLessThanOrEqual(2); // tags are used again
    flux.close();
  });

  test.each([
    ['without route flag', (r: Message) => r.clearRoutes()],
    ['with routes left', (r: Message) => r.pushRoute('x')],
    ['with no role', (r: Message) => (r.rolemask = 0)],
    ['with an unknown matchtag', (r: Message) => (r.matchtag = 99)],
  ])('ignores a response %s', async (_, change) => {
    const { flux, sent, answer } = pair();
    const rpc = flux.rpc('a.b', {}, { timeout: 30 });
    await settle();
    answer(sent[0]!, (response) => void change(response));
    await expect(rpc).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    flux.close();
  });

  test('a response without topic is EPROTO', async () => {
    const { flux, sent, answer } = pair();
    const rpc = flux.rpc('a.b');
    await settle();
    answer(sent[0]!, (response) => {
      response.topic = undefined;
      response.clearFlag(Flag.topic);
    });
    await expect(rpc).rejects.toMatchObject({ code: 'EPROTO' });
    flux.close();
  });

  test('the end of the connection fails what waits with ECONNRESET, and later RPCs too', async () => {
    const { flux, end } = pair();
    const rpc = flux.rpc('a.b');
    const stream = flux.stream('a.c');
    end();
    await expect(rpc).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(stream.next()).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(flux.rpc('a.b')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('immutable attributes are asked for once', async () => {
    const { flux, sent, give } = pair();
    const get = async (name: string, flags: number) => {
      const value = flux.getattr(name);
      await settle();
      const request = sent.at(-1)!;
      if (request.matchtag) {
        const response = Message.response(request, 0, { value: 'v', flags });
        response.rolemask = 1;
        give(response);
      }
      return value;
    };
    await get('size', 1);
    expect(await flux.getattr('size')).toBe('v');
    expect(sent).toHaveLength(1);
    await get('log-level', 4);
    void flux.getattr('log-level').catch(() => {});
    await settle();
    expect(sent).toHaveLength(3);
    flux.close();
  });

  test('events are given by prefix, and only those of an owner', async () => {
    const { flux, give } = pair();
    const got: string[] = [];
    await flux.subscribe('a.', (event) => void got.push(event.topic!));
    const queue: AsyncQueue<Message> = await flux.events('');
    for (const [topic, rolemask] of [
      ['a.b', 1],
      ['b.a', 1],
      ['a.c', 2],
      ['a.d', 1],
    ] as const) {
      const event = Message.event(topic);
      event.rolemask = rolemask;
      give(event);
    }
    const all: string[] = [];
    for await (const event of queue) if (all.push(event.topic!) === 3) break;
    expect(got).toEqual(['a.b', 'a.d']);
    expect(all).toEqual(['a.b', 'b.a', 'a.d']);
    flux.close();
  });
});

describe('opening a handle', () => {
  test.each([
    ['an unknown scheme', 'foo://x', {}, 'ENOENT'],
    ['no scheme', 'x', {}, 'ENOENT'],
    ['a socket that is not there', 'local:///nosuch/socket', { FLUX_LOCAL_CONNECTOR_RETRY_COUNT: '0' }, 'ENOENT'],
    ['a retry count that is no number', 'local:///nosuch', { FLUX_LOCAL_CONNECTOR_RETRY_COUNT: 'x' }, 'EINVAL'],
    ['credentials for another connector than local', 'loop://', { FLUX_HANDLE_USERID: '5' }, 'EINVAL'],
    ['an ssh URI without path', 'ssh://host', {}, 'EINVAL'],
  ])('%s fails with its errno', async (_, uri, env, code) => {
    await expect(Flux.open(uri, { env })).rejects.toMatchObject({ code });
  });
});

test('an unsubscription that the end of the connection overtakes is done', async () => {
  const [near, far] = transportPair();
  const flux = new Flux(near);
  const broker = new Flux(far, { credentials: { userid: 0, rolemask: 1 } });
  broker.serve('local.sub', { roles: ['any'] }, () => ({}));
  broker.serve('local.unsub', { roles: ['any'] }, () => NO_RESPONSE);
  const unsubscribe = await flux.subscribe('x', () => {});
  const ended = unsubscribe();
  flux.close();
  await ended;
  broker.close();
});
