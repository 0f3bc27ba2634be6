import { real } from '../../../core/formats/json';
import { Mailbox, Message, Payload, Role } from '../../../core/message';

describe('a payload', () => {
  test('is handed over inside a process as the same object, frozen to the bottom', () => {
    const value = { a: { b: [1, { c: 2 }] } };
    const payload = Payload.json(value);
    expect(payload.json()).toBe(value);
    expect(() => {
      (value.a.b[1] as { c: number }).c = 3;
    }).toThrow(TypeError);
  });

  test('keeps the fraction of a real on the wire, and is a number to receivers', () => {
    const payload = Payload.json({ t: real(2), n: 2 });
    expect(payload.bytes.toString()).toBe('{"t":2.0,"n":2}\0');
    expect(payload.json()).toEqual({ t: 2, n: 2 });
  });

  test('leaves out keys without a value, for receivers too', () => {
    const payload = Payload.json({ a: undefined, b: 1 });
    expect(Object.keys(payload.json())).toEqual(['b']);
    expect(payload.bytes.toString()).toBe('{"b":1}\0');
  });

  test('keeps a member of any name', () => {
    const given = Object.fromEntries([
      ['__proto__', { a: 1 }],
      ['t', real(2)],
    ]);
    expect(Object.keys(Payload.json(given).json())).toEqual(['__proto__', 't']);
  });

  test('keeps 64-bit integers', () => {
    const id = 2n ** 60n + 1n;
    expect(Payload.bytes(Payload.json({ id }).bytes).json()).toEqual({ id });
  });

  const cycle: { a?: object } = {};
  cycle.a = cycle;
  test.each([
    ['NaN', { jobs: [{ t: Number.NaN }] }],
    ['an infinite number', { a: Number.POSITIVE_INFINITY }],
    ['an infinite real', { a: real(Number.NEGATIVE_INFINITY) }],
    ['an integer of more than 64 bits', { a: [2n ** 64n] }],
    ['a function', { a: () => 1 }],
    ['a symbol', { a: Symbol('x') }],
    ['a cycle', cycle],
  ])('with %s is EINVAL where it is made, not where it is sent', (_, value) => {
    expect(() => Payload.json(value)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test.each([
    ['no NUL at the end', Buffer.from('{}')],
    ['no JSON', Buffer.from('x\0')],
    ['an array', Buffer.from('[]\0')],
    ['a string', Buffer.from('"x"\0')],
    ['nothing', Buffer.alloc(0)],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d, 0])],
    ['text behind the object', Buffer.from('{} x\0')],
  ])('that is %s is EPROTO as JSON', (_, bytes) => {
    expect(() => Payload.bytes(bytes).json()).toThrow(expect.objectContaining({ code: 'EPROTO', text: undefined }));
  });

  test('of zero bytes is no payload', () => {
    expect(Message.request('a.b', Buffer.alloc(0)).payload).toBeUndefined();
    expect(Message.request('a.b', '').bytes).toEqual(Buffer.from([0]));
  });
});

describe('a message', () => {
  test('cannot be streaming and without response at once', () => {
    const request = Message.request('a.b').setFlag(0x40).setFlag(0x04);
    expect([request.streaming, request.noresponse]).toEqual([false, true]);
    request.setFlag(0x40);
    expect([request.streaming, request.noresponse]).toEqual([true, false]);
  });

  test('authorises the owner for everybody and a user for itself alone', () => {
    const request = Message.request('a.b');
    request.userid = 1000;
    request.rolemask = Role.user;
    expect([request.authorizedFor(1000), request.authorizedFor(1001)]).toEqual([true, false]);
    request.rolemask = Role.owner;
    expect(request.authorizedFor(1001)).toBe(true);
    request.userid = 0xffffffff;
    request.rolemask = Role.user;
    expect(request.authorizedFor(0xffffffff)).toBe(false);
  });

  test('a response takes topic, flags, route and matchtag of the request, not its credentials', () => {
    const request = Message.request('a.b', { x: 1 }, { matchtag: 7 }).setFlag(0x40);
    request.pushRoute('client');
    request.userid = 5;
    const response = Message.response(request, 38, 'no');
    expect(response).toMatchObject({ topic: 'a.b', matchtag: 7, errnum: 38, routes: ['client'], userid: 0xffffffff, rolemask: 0 });
    expect(response.streaming).toBe(true);
    expect(response.error()).toMatchObject({ code: 'ENOSYS', text: 'no' });
    response.popRoute();
    expect(request.routes).toEqual(['client']);
  });
});

describe('a mailbox', () => {
  test('delivers in order and never inside push', async () => {
    const got: number[] = [];
    const box = new Mailbox<number>((n) => {
      got.push(n);
      if (n < 3) box.push(n + 10);
    });
    box.push(1);
    box.push(2);
    expect(got).toEqual([]);
    await new Promise(setImmediate);
    expect(got).toEqual([1, 2, 11, 12]);
  });

  test('lets the event loop have a turn under a flood', async () => {
    let delivered = 0;
    const box = new Mailbox<null>(() => {
      delivered++;
    });
    for (let i = 0; i < 10_000; i++) box.push(null);
    const atFirstTurn = await new Promise<number>((resolve) => setImmediate(() => resolve(delivered)));
    expect(atFirstTurn).toBeLessThan(10_000);
    while (box.length > 0) await new Promise(setImmediate);
    expect(delivered).toBe(10_000);
  });
});

test('receivers in the same process see integers as those behind a wire do', () => {
  const payload = Payload.json({ id: 7n, ids: [1n, 2n ** 60n] });
  expect(payload.json()).toEqual({ id: 7, ids: [1, 2n ** 60n] });
  expect(Payload.bytes(payload.bytes).json()).toEqual(payload.json());
});
