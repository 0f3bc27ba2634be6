import type { CallArguments, Flux } from '../handle/flux';
import type { PayloadInput } from '../message';
import type { AnyMethod, ReceivedFrom } from '../protocol';

/** As Flux.call(), with reals as Real: so that `2.0` and `2` differ, and encoding the response again loses nothing. */
export async function exactCall<M extends AnyMethod>(
  flux: Flux,
  method: M,
  ...[args, options]: CallArguments<M>
): Promise<ReceivedFrom<M>> {
  const response = await flux.rpcMessage(method.topic, args as PayloadInput, options);
  return (response.payload?.exactJson() ?? {}) as ReceivedFrom<M>;
}
