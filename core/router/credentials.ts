import { type Message, Role, USERID_UNKNOWN } from '../message';

/**
 * Who a connection belongs to, and how its messages are stamped (docs/protocol/wire.md §4, "Credential stamping"): an owner may send as someone else,
 * a guest may not; a relay's messages are all the relay's user's, without a role, which the next connector assigns.
 */
export class Credentials {
  private constructor(
    readonly userid: number,
    readonly rolemask: number,
    readonly stamp: (message: Message) => void,
  ) {}

  /** The instance owner's: fills in the userid and the roles that a message leaves open. */
  static owner(userid: number): Credentials {
    return new Credentials(userid, Role.owner, (message) => {
      if (message.userid === USERID_UNKNOWN) message.userid = userid;
      if (message.rolemask === Role.none) message.rolemask = Role.owner;
    });
  }

  static guest(userid: number): Credentials {
    return Credentials.#fixed(userid, Role.user);
  }

  static relay(userid: number): Credentials {
    return Credentials.#fixed(userid, Role.none);
  }

  /** Private events are for the owner and the user they name. */
  maySee(event: Message): boolean {
    return !event.isPrivate || this.rolemask !== Role.user || event.userid === this.userid;
  }

  static #fixed(userid: number, rolemask: number): Credentials {
    return new Credentials(userid, rolemask, (message) => {
      message.userid = userid;
      message.rolemask = rolemask;
    });
  }
}
