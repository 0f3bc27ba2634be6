import type { Request } from '../handle';

const ID_LENGTH = 8;

/** Answer to `ping`: the request's object with its route, originator first, the responder last, and the credentials it arrived with. */
export function pingResponse(request: Request, responder: string) {
  const payload = request.exactJson();
  const route = [...(request.message.routes ?? []), responder].map((id) => id.slice(0, ID_LENGTH)).join('!');
  return { ...payload, route, userid: request.userid | 0, rolemask: request.rolemask | 0 };
}
