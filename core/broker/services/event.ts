import { decodeBase64 } from '../../formats/base64';
import { Flag, Message } from '../../message';
import { events as table } from '../../protocol/events';
import { FluxError } from '../../sys/errors';
import { type MakeResident, resident } from '../resident';

/** Publication of events, on rank 0 only (docs/protocol/wire.md §6, "Events"). */
export const eventService: MakeResident = ({ events }) =>
  resident(table, {
    pub: ({ topic, flags, payload = '' }, request) => {
      if (flags & ~Flag.private) throw new FluxError('EPROTO');
      const event = Message.event(topic, decoded(payload));
      if (flags & Flag.private) event.setFlag(Flag.private);
      event.userid = request.userid;
      event.rolemask = request.rolemask;
      return { seq: events.publish(event) };
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
