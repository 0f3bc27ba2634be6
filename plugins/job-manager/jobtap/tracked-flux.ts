import type { Flux } from 'flux';
import type { OwnedResources } from 'flux/internal';

/** Members of a handle that register something and return what takes it back: as a function, now or later, or an object with such a method. */
const registering = new Set<PropertyKey>(['serve', 'serveStream', 'subscribe', 'events', 'register']);

/** The job manager's handle as a plugin gets it: what the plugin registers on it goes with the plugin. */
export function trackedFlux(flux: Flux, owner: OwnedResources): Flux {
  return new Proxy(flux, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      if (!registering.has(key)) return member.bind(target);
      return (...args: unknown[]) => tracked(member.apply(target, args), owner);
    },
  });
}

function tracked(registration: unknown, owner: OwnedResources): unknown {
  if (registration instanceof Promise) return registration.then((value) => tracked(value, owner));
  const undo = undoOf(registration);
  if (!undo) return registration;
  const owned = owner.own(() => owner.run('unload', undo));
  return typeof registration === 'function' ? owned : registration;
}

/** `remove` of a service, `return` of an iterator of events. */
function undoOf(registration: unknown): (() => void | Promise<void>) | undefined {
  if (typeof registration === 'function') return () => registration();
  if (typeof registration !== 'object' || registration === null) return undefined;
  const { remove, return: leave } = registration as { remove?: () => Promise<void>; return?: () => Promise<unknown> };
  if (remove) return () => remove.call(registration);
  return leave && (async () => void (await leave.call(registration)));
}
