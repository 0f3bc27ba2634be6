/** Objects in payloads of these topics, below the top, have keys that are data: attribute names, ids, statistics. */
const keyedByData =
  /^(attr\.list|attr\.get|groups\.|cron\.|.*stats\.get|resource\.|sched\.resource-status|job-list\.|kvs\.lookup.*|job-info\.)/;

/** In what keys and JSON types of the recorded payload `got` differs from it: a line each. Values are free, and so are further keys. */
export function shapeDifferences(topic: string, wanted: unknown, got: unknown, at = ''): string[] {
  if (kindOf(wanted) === 'null' || kindOf(got) === 'null') return [];
  if (kindOf(wanted) !== kindOf(got)) return [`${at || 'payload'} is ${kindOf(got)}, recorded ${kindOf(wanted)}`];
  if (!isObject(wanted) || !isObject(got) || (at && keyedByData.test(topic))) return [];
  return Object.keys(wanted).flatMap((key) => {
    const where = at ? `${at}.${key}` : key;
    return key in got ? shapeDifferences(topic, wanted[key], got[key], where) : [`${where} is missing`];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && kindOf(value) === 'object';
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'bigint') return 'number';
  // A text that was recorded decoded.
  if (typeof value === 'object' && ('jsonString' in value || 'mechanism' in value)) return 'string';
  return typeof value;
}
