import { defineModule, FluxError, strerror } from 'flux';
import { applyDebug, bindSocket, ClientRouter, Credentials, USERID_UNKNOWN, unpack } from 'flux/internal';
import { type Access, readAccess } from './access';

/** Bits of `connector-local.debug`, for tests. */
const Debug = { denyNext: 1, guestNext: 4 } as const;

/** Errors with which clients end their connections in the ordinary course of things. */
const ordinary = ['EPIPE', 'EPROTO', 'ECONNRESET'];

/** Takes clients on the UNIX socket that attribute local-uri names (contract/wire.md §4). */
export default defineModule({
  name: 'connector-local',
  api: 1,
  reads: ['access.allow-guest-user', 'access.allow-root-owner'],
  methods: {
    debug: 'owner',
  },
  async main(m) {
    const owner = Number(await m.flux.getattr('security.owner'));
    const path = (await m.flux.getattr('local-uri')).replace(/^local:\/\//, '');
    const router = new ClientRouter(m.flux, (level, text) => m.flux.log(level as 0, text));
    let debug = 0;
    let access = configure(m.config);

    m.on('config-reload', (_, config) => {
      access = configure(config); // the broker puts the module's name before what is thrown
    });
    m.serve('debug', (_, request) => {
      const { op, flags } = unpack(request, { op: 's', flags: 'i' });
      debug = applyDebug(debug, op, flags);
      return { flags: debug };
    });

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

    function configure(config: Record<string, unknown>): Access {
      const read = readAccess(config);
      m.log.debug(`allow-guest-user=${read.allowGuestUser}`);
      m.log.debug(`allow-root-owner=${read.allowRootOwner}`);
      return read;
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
      if (userid === owner || (userid === 0 && access.allowRootOwner)) return Credentials.owner(userid);
      if (access.allowGuestUser) return Credentials.guest(userid);
      m.log.err(`client_authenticate: uid=${userid} no assigned roles`);
      throw new FluxError('EPERM');
    }
  },
});
