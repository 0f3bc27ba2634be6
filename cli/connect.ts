import { Flux } from '../core/handle';
import { errorText, FluxError } from '../core/sys/errors';
import { type CommandContext, CommandExit } from './command';

/** Opens an instance for a command: connect or connectPython. */
export type Connect = (ctx: CommandContext) => Promise<Flux>;

/**
 * Opens the instance that FLUX_URI names, in a C command: the error is `PROG: flux_open: STRERROR`. The caller closes the handle (or uses
 * withFlux).
 */
export const connect: Connect = (ctx) => connectAs(ctx.prog, ctx);

/** As connect(); the commands built into the front end name themselves `flux` here (docs/protocol/cli.md §2.4). */
export const connectBuiltin: Connect = (ctx) => connectAs('flux', ctx);

/** As connect(), in a Python command: `PROG: ERROR: [Errno N] Unable to connect to Flux`. */
export const connectPython: Connect = async (ctx) => {
  try {
    return await Flux.open(undefined, { env: ctx.env });
  } catch (e) {
    throw new FluxError(e instanceof FluxError ? e.errnum : 'EINVAL', 'Unable to connect to Flux', { cause: e });
  }
};

/** Opens the instance for `use`, and closes it behind it. */
export async function withFlux<T>(ctx: CommandContext, use: (flux: Flux) => Promise<T>, open: Connect = connect): Promise<T> {
  const flux = await open(ctx);
  try {
    return await use(flux);
  } finally {
    flux.close();
    await flux.closed;
  }
}

async function connectAs(prog: string, ctx: CommandContext): Promise<Flux> {
  try {
    return await Flux.open(undefined, { env: ctx.env });
  } catch (e) {
    throw new CommandExit(1, { stderr: `${prog}: flux_open: ${errorText(e)}\n` });
  }
}
