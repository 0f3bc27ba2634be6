import fs from 'node:fs';
import path from 'node:path';
import { type AccessRole, type AnyMethod, type MethodSpec, methodsOf, type Service, serviceName } from '../../../core/protocol';
import { subscriptions } from '../../../core/protocol/broker';
import { builtin } from '../../../core/protocol/module';
import { overlayPeer } from '../../../core/protocol/overlay';
import { shellService } from '../../../core/protocol/shell';
import { start } from '../../../core/protocol/start';
import { terminus } from '../../../core/protocol/terminus';
import { ObjectSchema } from '../../../core/schema/containers';

/** JSON types of a request's keys: string, integer, id, number, boolean, object, array, anything; with `?` it may be left out. */
export type KeyType = `${'s' | 'i' | 'I' | 'f' | 'b' | 'o' | 'a' | '*'}${'' | '?'}`;

/** What a table says of a method, as requests that are made up need it. */
export interface Method {
  role: AccessRole;
  /** Keys of the request; absent: it takes anything that could be text. */
  keys?: Readonly<Record<string, KeyType>>;
  /** The payload is bytes, which are not looked into. */
  raw?: boolean;
  /** Keys beyond these are an error, too. */
  exact?: boolean;
  /** A request without the STREAMING flag is EPROTO. */
  streaming?: boolean;
  /** Never answered once access is granted. */
  silent?: boolean;
  /** EPROTO has a text. */
  complaint?: RegExp;
  /** An unknown method, whatever it gets: other modules have it. */
  unknown?: boolean;
  /** What it does with a payload it accepts would end the test: a module's end, another scheduler, no more allocations. */
  drastic?: boolean;
}

const drastic = new Set([
  'broker.panic',
  'content.unregister-backing',
  'sched.alloc',
  'sched.free',
  'job-manager.alloc-admin',
  'job-manager.sched-ready',
  'job-exec.start',
]);

const folder = path.join(__dirname, '../../../core/protocol');
const isService = (value: unknown): value is Service =>
  typeof value === 'object' && value !== null && Object.getOwnPropertySymbols(value).some(({ description }) => description === 'service');
const tables = fs
  .readdirSync(folder)
  .filter((name) => name.endsWith('.js'))
  .flatMap((name) => Object.values(require(path.join(folder, name)) as object).filter(isService))
  .filter((table) => ![builtin, subscriptions, overlayPeer, shellService, start, terminus].includes(table as never));

/** Services that the broker answers for itself, or that several modules share: they have no methods but their own. */
const alone = [
  'attr',
  'broker',
  'config',
  'event',
  'groups',
  'heaptrace',
  'log',
  'overlay',
  'runat',
  'service',
  'state-machine',
  'content-backing',
  'kvs-checkpoint',
  'sched',
];
/** Modules that have the methods of all alone. */
const plain = ['content-sqlite', 'job-archive'];
/** What a module named like a resident part answers as unknown. */
const unknown: Readonly<Record<string, readonly string[]>> = {
  content: ['ping', 'rusage', 'stats.clear', 'debug'],
  'job-list': ['disconnect'],
};

const kinds: Readonly<Record<string, string>> = { string: 's', integer: 'i', id: 'I', number: 'f', boolean: 'b', object: 'o', array: 'a' };

const builtins = rowsOf(builtin);

/** Every service of a full instance with its methods, from the tables of core/protocol. */
export const services: Readonly<Record<string, Readonly<Record<string, Method>>>> = Object.fromEntries([
  ...plain.map((name) => [name, builtins]),
  ...[...new Set(tables.map(serviceName))].map((name) => {
    const theirs = tables.filter((table) => serviceName(table) === name);
    const missing = Object.fromEntries((unknown[name] ?? []).map((one) => [one, { role: 'any', unknown: true }]));
    const own = Object.assign({}, ...theirs.map(rowsOf)) as Record<string, Method>;
    return [name, { ...(alone.includes(name) || name === 'content' ? {} : builtins), ...missing, ...own }];
  }),
]);

/** Each topic with its method, of those services that `has` finds in an instance. */
export function topics(has: (service: string) => boolean): [topic: string, method: Method][] {
  return Object.entries(services)
    .filter(([service]) => has(service))
    .flatMap(([service, methods]) => Object.entries(methods).map(([name, row]): [string, Method] => [`${service}.${name}`, row]));
}

function rowsOf(table: Service): Record<string, Method> {
  return Object.fromEntries(methodsOf(table).map(([, method]) => [method.topic.slice(method.topic.indexOf('.') + 1), rowOf(method)]));
}

function rowOf({ topic, spec }: AnyMethod): Method {
  const { role, request, answers, complaint }: MethodSpec = spec;
  return {
    role,
    ...(request instanceof ObjectSchema ? { keys: keysOf(request), ...(request.unknownKeys === 'reject' ? { exact: true } : {}) } : {}),
    ...(typeof request === 'string' ? { raw: true } : {}),
    ...(answers === 'stream' ? { streaming: true } : {}),
    ...(answers === 'never' ? { silent: true } : {}),
    ...(complaint === undefined ? {} : { complaint: typeof complaint === 'string' ? new RegExp(`^${complaint}$`) : /./ }),
    ...(drastic.has(topic) || /\.(shutdown|config-reload)$/.test(topic) ? { drastic: true } : {}),
  };
}

function keysOf({ shape }: { shape: object }): Record<string, KeyType> {
  return Object.fromEntries(
    Object.entries(shape as Readonly<Record<string, { form: string; absent: unknown }>>).map(([key, { form, absent }]) => [
      key,
      `${kinds[form] ?? (form.startsWith('[') && form.endsWith(', …]') ? 'a' : '*')}${absent ? '?' : ''}` as KeyType,
    ]),
  );
}
