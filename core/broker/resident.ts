import type { Flux, Handlers, MethodHandler, MethodOptions, StreamHandler } from '../handle';
import { type Service, serviceName } from '../protocol';
import type { BrokerParts } from './parts';

/** One method of a resident service: `handle` answers plain requests, `stream` those with the STREAMING flag; one of the two may be missing. */
export interface ResidentMethod extends MethodOptions {
  handle?: MethodHandler;
  stream?: StreamHandler;
}

/** A service that lives in the broker itself, as a table of its topics. */
export interface ResidentService {
  name: string;
  /** Full topics. */
  methods?: Record<string, ResidentMethod>;
  /** Serves the methods of its table. */
  serve?: (flux: Flux) => void;
}

/** Makes a resident service out of parts of a broker. */
export type MakeResident = (parts: BrokerParts) => ResidentService;

/** A resident service with the table of its methods (core/protocol). */
export function resident<S extends Service>(table: S, handlers: Handlers<S>): ResidentService {
  return { name: serviceName(table), serve: (flux) => flux.serveTable(table, handlers) };
}
