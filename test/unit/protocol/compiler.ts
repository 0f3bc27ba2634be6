import { type Flux, type Handlers, NO_RESPONSE } from '../../../core/handle';
import { defineModule, type Shell } from '../../../core/plugin';
import { shop, site } from './shop';

/** Never run: what the compiler refuses, which `npm run lint` sees. */
export function refused(flux: Flux, handlers: Handlers<typeof shop>, shell: Shell): void {
  // @ts-expect-error: a typo in a key of the request
  void flux.call(shop.sell, { itm: 'tea' });
  // @ts-expect-error: a key that is missing
  void flux.call(shop.sell, {});
  // @ts-expect-error: a key of another type
  void flux.call(shop.sell, { item: 1 });
  // @ts-expect-error: a typo in a key of the response
  void flux.call(shop.sell, { item: 'tea' }).then(({ slod }) => slod);
  // @ts-expect-error: a method that takes something is called with nothing
  void flux.call(shop.byId);
  void flux.publish(shop.opened, { open: true });
  // @ts-expect-error: a typo in an event's payload
  void flux.publish(shop.opened, { opne: true });
  // @ts-expect-error: nothing handles greet
  defineModule({ serves: site, api: 1, main: () => ({}) });
  // @ts-expect-error: no method of that name
  defineModule({ serves: site, api: 1, main: () => ({ greet: () => {}, leave: () => {} }) });
  // @ts-expect-error: a typo in what a handler takes
  defineModule({ serves: site, api: 1, main: () => ({ greet: ({ nmae }) => void nmae }) });
  // @ts-expect-error: a typo in what a handler returns
  flux.serveTable(shop, { ...handlers, byId: ({ id }) => ({ di: id }) });
  flux.serveTable(shop, { ...handlers, sell: () => NO_RESPONSE });
  void shell.serve(shop.byId, ({ id }) => ({ id }));
  // @ts-expect-error: a shell's methods don't stream
  void shell.serve(shop.watch, () => ({ sold: 1 }));
  // @ts-expect-error: nor take bytes
  void shell.serve(shop.store, () => 'sha1-0');
}
