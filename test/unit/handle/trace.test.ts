import { traceMessage } from '../../../core/handle/trace';
import { Message } from '../../../core/message';

const DASHES = '-'.repeat(38);

describe('the trace of FLUX_HANDLE_TRACE', () => {
  test('shows a request as the contract does', () => {
    const request = Message.request('attr.get', { name: 'size' }, { matchtag: 1 }).enableRoutes();
    expect(traceMessage(request, 0)).toBe(
      `${DASHES}\n> 0.00000\n> attr.get\n> flags=topic,payload,route userid=unknown rolemask=none nodeid=any matchtag=1\n> {"name":"size"}\n`,
    );
  });

  test('shows routes from the originator, ids cut to eight characters', () => {
    const request = Message.request('a.b');
    request.pushRoute('client-uuid-1');
    request.pushRoute('hop-uuid-22');
    expect(traceMessage(request, 1.5)).toContain('\n> |client-u!hop-uuid|\n');
  });

  test('shows raw payloads in hex, at most 37 bytes', () => {
    const event = Message.event('x', Buffer.alloc(40, 0xab), { sequence: 3 });
    event.rolemask = 0xffffffff;
    expect(traceMessage(event, 0)).toBe(
      `${DASHES}\ne 0.00000\ne x\ne flags=topic,payload userid=unknown rolemask=all sequence=3\ne ${'AB'.repeat(37)}...\n`,
    );
  });
});
