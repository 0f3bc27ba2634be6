/** RFC 3 message types, as they stand in the PROTO frame. `control` is also called keepalive. */
export const MessageType = { request: 1, response: 2, event: 4, control: 8 } as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** RFC 3 flag bits of the PROTO frame. */
export const Flag = {
  topic: 0x01,
  payload: 0x02,
  noresponse: 0x04,
  route: 0x08,
  upstream: 0x10,
  private: 0x20,
  streaming: 0x40,
} as const;

/** Role bits of the rolemask (RFC 12). */
export const Role = { none: 0, owner: 1, user: 2, all: 0xffffffff } as const;

/** Userid of a message whose sender has not been told: the owner's connection puts its user in its place. */
export const USERID_UNKNOWN = 0xffffffff;
/** Nodeid of a request for any broker: the first on the way up the tree that has the service takes it. */
export const NODEID_ANY = 0xffffffff;
/** API value only, never sent: "any ancestor of mine". Encoded as the upstream flag and the sender's own rank. */
export const NODEID_UPSTREAM = 0xfffffffe;
/** Matchtag of a request that expects no response. */
export const MATCHTAG_NONE = 0;
/** Matchtags are allocated from 1 to this, per connection. */
export const MATCHTAG_MAX = 2 ** 20 - 1;
