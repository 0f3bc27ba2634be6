import { defineModule, NO_RESPONSE, type Request, unpack } from '../../../core';

/** A `groups` service whose groups have the members that a test gives them. */
export class FakeGroups {
  readonly #members = new Map<string, string>();
  readonly #streams = new Set<{ name: string; request: Request }>();

  get module() {
    return defineModule({
      name: 'groups',
      api: 1,
      main: (m) => {
        m.serve('get', {}, (_, request) => {
          const { name } = unpack(request, { name: 's' });
          request.respond({ members: this.#members.get(name) ?? '' });
          if (request.streaming) this.#streams.add({ name, request });
          return NO_RESPONSE;
        });
      },
    });
  }

  set(name: string, members: string): void {
    this.#members.set(name, members);
    for (const stream of this.#streams) if (stream.name === name) stream.request.respond({ members });
  }
}
