import { connectorLocal, defineModule, FluxError, strerror } from 'flux';
import { applyDebug, bindSocket, ClientRouter, Credentials, USERID_UNKNOWN } from 'flux/internal';
import { type Access, access } from './access';

/** Bits of `connector-local.debug`, for tests. */
const Debug = { denyNext: 1, guestNext: 4 } as const;

/** Errors with which clients end their connections in the ordinary course of things. */
const ordinary = ['EPIPE', 'EPROTO', 'ECONNRESET'];

/** Takes clients on the UNIX socket that attribute local-uri names (docs/protocol/wire.md §4). */
export default defineModule({
  serves: connectorLocal,
  api: 1,
  config: access,
  table: 'access',
  async main(m) {
    const owner = Number(await m.flux.getattr('security.owner'));
    const path = (await m.flux.getattr('local-uri')).replace(/^local:\/\//, '');
    const router = new ClientRouter(m.flux, (level, text) => m.flux.log(level as 0, text));
    let debug = 0;
    tell(m.conf);
    m.on('config-reload', tell);

    const server = await bindSocket({
      path,
      admit: (userid) => {
        const credentials = credentialsOf(userid);
        return (transport) => {
          const client = router.add(transport, credentials);
          client.onGone = (error) => {
            if (error && !ordinary.includes(error.code)) m.log.err(`client=${client.shortId} userid=${userid}: ${strerror(error.errnum)}`);
          };
        };
      },
    });
    m.defer(async () => {
      router.close();
      await server.close();
    });
    return {
      debug: ({ op, flags }) => {
        debug = applyDebug(debug, op, flags);
        return { flags: debug };
      },
    };

    function tell(access: Access): void {
      for (const [key, value] of Object.entries(access)) m.log.debug(`${key}=${value}`);
    }

    function credentialsOf(userid: number): Credentials {
      if (debug & Debug.denyNext) {
        debug &= ~Debug.denyNext;
        m.log.err(`connect by uid=${userid} denied by debug flag`);
        throw new FluxError('EPERM');
      }
      if (userid === owner && debug & Debug.guestNext) {
        debug &= ~Debug.guestNext;
        return Credentials.guest(USERID_UNKNOWN);
      }
      if (userid === owner || (userid === 0 && m.conf['allow-root-owner'])) return Credentials.owner(userid);
      if (m.conf['allow-guest-user']) return Credentials.guest(userid);
      m.log.err(`client_authenticate: uid=${userid} no assigned roles`);
      throw new FluxError('EPERM');
    }
  },
});
