import type { Flux, RpcOptions } from '../../../core/handle/flux';
import type { AnyMethod, GivenTo, ReceivedFrom } from '../../../core/protocol';
import { terminus } from '../../../core/protocol/terminus';
import { userId } from '../../../core/sys/credentials';
import { isErrno } from '../../../core/sys/errors';
import type { OptionSpec, Options } from '../../args/getopt';

export const rankOption: OptionSpec = { name: 'rank', key: 'r', arg: 'RANK', help: 'Attach to session on rank RANK (default: local rank)' };
export const serviceOption: OptionSpec = { name: 'service', key: 's', arg: 'NAME', help: 'Use service NAME (default USERID-terminus)' };
export const pipeOption: OptionSpec = { name: 'pipe', key: 'p', hidden: true, help: 'Pipe stdin to the session, then detach' };

/** The terminus server that the options of a sub-command name. */
export class TerminusService {
  readonly name: string;
  /** undefined: the nearest broker that has the service. */
  readonly rank: number | undefined;

  constructor(opts: Options) {
    this.name = serviceName(opts);
    this.rank = opts.int('rank');
  }

  get target(): RpcOptions {
    return this.rank === undefined ? {} : { nodeid: this.rank };
  }

  /** Calls a method of the server. */
  call<M extends AnyMethod>(flux: Flux, method: M, args: GivenTo<M>): Promise<ReceivedFrom<M>> {
    return flux.call(method.at(this.name) as AnyMethod, args, this.target) as Promise<ReceivedFrom<M>>;
  }

  /** undefined: no server answers there. */
  async list(flux: Flux): Promise<ReceivedFrom<typeof terminus.list> | undefined> {
    try {
      return await this.call(flux, terminus.list, undefined);
    } catch (e) {
      if (isErrno(e, 'ENOSYS')) return undefined;
      throw e;
    }
  }
}

/** The service that --service names, or the user's own. */
export const serviceName = (opts: Options): string => opts.str('service') ?? `${userId()}-terminus`;
