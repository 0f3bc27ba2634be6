import type { Flux, Handlers } from '../handle';
import { type Service, serviceName } from '../protocol';
import type { BrokerParts } from './parts';

/** A service that lives in the broker itself. */
export interface ResidentService {
  name: string;
  /** Serves its methods with the broker's handle. */
  serve(flux: Flux): void;
}

/** Makes a resident service out of parts of a broker. */
export type MakeResident = (parts: BrokerParts) => ResidentService;

/** A resident service that serves the methods of its table (core/protocol). */
export function resident<S extends Service>(table: S, handlers: Handlers<S>): ResidentService {
  return { name: serviceName(table), serve: (flux) => void flux.serveTable(table, handlers) };
}
