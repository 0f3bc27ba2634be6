import { Event } from './event';
import { type AnyMethod, Method } from './method';

/** Rows of a table, by the names that handlers and clients have for them. */
export type Rows = Readonly<Record<string, AnyMethod | Event<never> | Event>>;

const name: unique symbol = Symbol('service');

/** The table of a service: its methods and events, each with its topic. */
export type Service<R extends Rows = Rows> = R & { readonly [name]: string };

/**
 * Names the rows of a service: `service('kvs', { lookup: method({ … }) })` has `kvs.lookup.topic`. A row is named after its key, unless it has a name of
 * its own.
 */
export function service<const R extends Rows>(called: string, rows: R): Service<R> {
  const named = Object.entries(rows).map(([key, row]) => [
    key,
    row instanceof Method ? methodOf(called, key, row) : eventOf(called, key, row),
  ]);
  return Object.freeze(Object.assign(Object.fromEntries(named), { [name]: called }));
}

/** The name of a service. */
export function serviceName(service: Service): string {
  return service[name];
}

/** The methods of a service, by key. */
export function methodsOf(service: Service): [key: string, method: AnyMethod][] {
  return Object.entries(service).filter((row): row is [string, AnyMethod] => row[1] instanceof Method);
}

/** Its events. */
export function eventsOf(service: Service): [key: string, event: Event][] {
  return Object.entries(service).filter((row): row is [string, Event] => row[1] instanceof Event);
}

function methodOf(service: string, key: string, { spec }: AnyMethod): AnyMethod {
  return new Method(`${service}.${spec.name ?? key}`, spec);
}

function eventOf(service: string, key: string, { spec }: Event<never> | Event): Event {
  return new Event(spec.topic ?? `${service}.${spec.name ?? key}`, spec as Event['spec']);
}
