import { type JsonObject, type JsonValue, real } from '../../../core/formats/json';
import { parseFloat10, parseInt10 } from '../../args/python';
import { CommandError } from '../../command';

/** A dependency entry of a jobspec from a URI `SCHEME:VALUE[?QUERY]` (docs/protocol/cli-mini-jobs.md §A5). */
export function parseDependency(uri: string): JsonObject {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):([^?#]*)(?:\?([^#]*))?(?:#.*)?$/s.exec(uri);
  if (!match) throw new CommandError(`Invalid dependency URI "${uri}"`);
  const [, scheme = '', value = '', query = ''] = match;
  return { scheme: scheme.toLowerCase(), value, ...parseQuery(query) };
}

function parseQuery(query: string): JsonObject {
  const values = new Map<string, JsonValue[]>();
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || equals === pair.length - 1) continue;
    const key = unquote(pair.slice(0, equals));
    values.set(key, [...(values.get(key) ?? []), literal(unquote(pair.slice(equals + 1)))]);
  }
  return Object.fromEntries([...values].map(([key, all]) => [key, all.length === 1 ? all[0]! : all]));
}

/** `%xx` and `+` decoded; bytes that are no UTF-8 become U+FFFD. */
function unquote(text: string): string {
  return text.replaceAll('+', ' ').replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString());
}

/** A number where the text is a literal of one (int() or float() of Python), else the text. */
function literal(text: string): JsonValue {
  const integer = parseInt10(text);
  if (integer !== undefined) return integer;
  const float = parseFloat10(text);
  return float !== undefined && Number.isFinite(float) ? real(float) : text;
}
