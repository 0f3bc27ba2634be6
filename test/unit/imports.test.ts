import { namesOf } from '../support/faces';
import { sourceImports } from '../support/source-imports';

/** What each room may import of the others (besides itself, Node and npm packages). The first that matches counts. */
const rooms: readonly { room: string; may: readonly string[] }[] = [
  { room: 'core/sys', may: [] },
  { room: 'core/formats', may: ['core/sys'] },
  { room: 'core/resource', may: ['core/schema', 'core/formats', 'core/sys'] },
  { room: 'core/schema', may: ['core/formats', 'core/sys'] },
  { room: 'core/message', may: ['core/formats', 'core/sys'] },
  { room: 'core/protocol', may: ['core/message', 'core/schema', 'core/formats', 'core/sys'] },
  { room: 'core/transport', may: ['core/message', 'core/formats', 'core/sys'] },
  { room: 'core/handle', may: ['core/protocol', 'core/schema', 'core/transport', 'core/message', 'core/formats', 'core/sys'] },
  { room: 'core/router', may: ['core/protocol', 'core/handle', 'core/transport', 'core/message', 'core/formats', 'core/sys'] },
  { room: 'core/client', may: ['core/protocol', 'core/handle', 'core/message', 'core/resource', 'core/formats', 'core/sys'] },
  { room: 'core/plugin', may: ['core/protocol', 'core/client', 'core/handle', 'core/message', 'core/schema', 'core/formats', 'core/sys'] },
  { room: 'core/pmi', may: ['core/formats', 'core/sys'] },
  { room: 'core/subprocess', may: ['core/protocol', 'core/handle', 'core/message', 'core/formats', 'core/sys'] },
  {
    room: 'core/terminus',
    may: ['core/protocol', 'core/client', 'core/handle', 'core/message', 'core/schema', 'core/formats', 'core/sys'],
  },
  { room: 'core/broker', may: ['core/'] },
  { room: 'core/shell', may: ['core/'] },
  { room: 'core/', may: ['core/'] },
  { room: 'plugins', may: ['flux', 'flux/internal'] },
  { room: 'jobtap', may: ['flux', 'flux/internal'] },
  { room: 'shell-plugins', may: ['flux', 'flux/internal'] },
  { room: 'examples', may: ['flux'] },
  { room: 'cli/library.ts', may: ['core/', 'flux', 'flux/internal'] },
  { room: 'cli', may: ['core/', 'initrc/', 'package.json'] },
];

/** Never, whatever the list above says. */
const forbidden: readonly { room: string; import: string }[] = [
  { room: 'core/shell', import: 'core/broker' },
  { room: 'core/broker', import: 'core/shell' },
  { room: 'core/broker', import: 'plugins' },
  { room: 'cli', import: 'core/shell' },
];

/** Packages that only some rooms may use. */
const packages: readonly { name: RegExp; rooms: readonly string[] }[] = [
  { name: /^(koffi|node:child_process)$/, rooms: ['core/sys/'] },
  { name: /^zeromq$/, rooms: ['core/broker/overlay-zmq/', 'cli/commands/keygen'] },
  { name: /^fengari/, rooms: ['core/shell/'] },
  { name: /^better-sqlite3$/, rooms: ['plugins/'] },
];

const all = sourceImports();
const isLocal = (wanted: string) => /^((core|plugins|jobtap|shell-plugins|cli|initrc|bench|test|flux)\/|flux$|package\.json)/.test(wanted);
const within = (name: string, room: string) => name === room || name.startsWith(room.endsWith('/') ? room : `${room}/`);

describe('imports point one way', () => {
  test('a room imports only rooms below it', () => {
    const wrong = all.filter(({ file, wanted }) => {
      const rule = rooms.find(({ room }) => within(file, room));
      const sameRoom = rule && within(wanted, rule.room.replace(/\/$/, ''));
      const samePlugin = file.split('/').slice(0, 2).join('/') === wanted.split('/').slice(0, 2).join('/');
      const shared = /^[^/]+\/_/.test(wanted) && wanted.split('/')[0] === file.split('/')[0]; // helpers of a room of plugins begin with _
      if (!isLocal(wanted) || !rule || samePlugin || shared || (sameRoom && rule.may[0] !== 'flux')) return false;
      return !rule.may.some((may) => wanted === may || (may !== 'flux' && within(wanted, may)));
    });
    expect(wrong).toEqual([]);
  });

  test('the broker knows no shell, the shell no broker, and neither any plugin', () => {
    expect(all.filter(({ file, wanted }) => forbidden.some((f) => within(file, f.room) && within(wanted, f.import)))).toEqual([]);
  });

  test('the operating system, ZeroMQ, Lua and SQLite have one room each', () => {
    const wrong = all.filter(({ file, wanted }) =>
      packages.some((p) => p.name.test(wanted) && !p.rooms.some((room) => file.startsWith(room))),
    );
    expect(wrong).toEqual([]);
  });
});

describe('the package is two faces', () => {
  const shipped = all.filter(({ file }) => /^(plugins|jobtap|shell-plugins)\//.test(file));

  test('no name stands in both', () => {
    const names = [...namesOf('core/index.ts'), ...namesOf('core/internal.ts')];
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  test('flux/internal is what the plugins of this repository import, and nothing else', () => {
    const words = shipped.filter(({ wanted }) => wanted === 'flux/internal').flatMap(({ what }) => what.match(/\w+/g) ?? []);
    const used = new Set(words);
    expect(used.size).toBeGreaterThan(50);
    expect(namesOf('core/internal.ts').filter((name) => !used.has(name))).toEqual([]);
  });
});
