import {
  type Flux,
  FluxError,
  LogLevel,
  type MethodOptions,
  type Request,
  type Schema,
  type ServeHandler,
  type ServeOptions,
  type Undo,
} from 'flux';
import type { JobtapPlugin } from './plugin';

/** A streaming method's handler, as types/jobtap.ts has it. */
export type StreamServer<P> = (payload: P, request: Request) => AsyncGenerator<object | string | Buffer, void, void>;

/** Answers `job-manager.NAME.METHOD` for a plugin. */
export function serveFor<P>(flux: Flux, plugin: JobtapPlugin, method: string, options: ServeOptions<P>, handler: ServeHandler<P>): Undo {
  const topic = announced(flux, plugin, method);
  return plugin.own(flux.serve(topic, optionsOf(options), (payload, request) => handler(checked(options.payload, payload), request)));
}

/** As serveFor, for streaming requests. */
export function serveStreamFor<P>(
  flux: Flux,
  plugin: JobtapPlugin,
  method: string,
  options: ServeOptions<P>,
  handler: StreamServer<P>,
): Undo {
  const topic = announced(flux, plugin, method);
  return plugin.own(flux.serveStream(topic, optionsOf(options), (payload, request) => handler(checked(options.payload, payload), request)));
}

function announced(flux: Flux, plugin: JobtapPlugin, method: string): string {
  const topic = ['job-manager', plugin.name, method].filter(Boolean).join('.');
  flux.log(LogLevel.debug, `jobtap plugin ${plugin.name} registered method ${topic}`);
  return topic;
}

function optionsOf<P>({ roles = ['owner'] }: ServeOptions<P>): MethodOptions {
  return { roles };
}

/** A payload that does not fit is EPROTO, without text. */
function checked<P>(schema: Schema<P> | undefined, payload: unknown): P {
  if (!schema) return payload as P;
  try {
    return schema.parse(payload);
  } catch (e) {
    throw new FluxError('EPROTO', undefined, { cause: e });
  }
}
