import { decodeBase64 } from '../../formats/base64';
import { unpack } from '../../handle';
import { Flag, Message } from '../../message';
import { FluxError } from '../../sys/errors';
import type { MakeResident } from '../resident';

/** Publication of events, on rank 0 only (contract/wire.md §6, "Events"). */
export const eventService: MakeResident = ({ events }) => ({
  name: 'event',
  methods: {
    'event.pub': {
      roles: ['user'],
      handle: (_, request) => {
        const { topic, flags, payload = '' } = unpack(request, { topic: 's', flags: 'i', payload: 's?' });
        if (flags & ~Flag.private) throw new FluxError('EPROTO');
        const event = Message.event(topic, decoded(payload));
        if (flags & Flag.private) event.setFlag(Flag.private);
        event.userid = request.userid;
        event.rolemask = request.rolemask;
        return { seq: events.publish(event) };
      },
    },
  },
});

function decoded(base64: string): Buffer {
  if (base64.length % 4 !== 0) throw new FluxError('EPROTO'); // padded, as the contract says
  try {
    return Buffer.from(decodeBase64(base64));
  } catch (e) {
    throw new FluxError('EPROTO', undefined, { cause: e });
  }
}
