import { decodeEntry, decodeEventlog, encodeEntry, encodeEventlog } from '../../../core/formats/eventlog';
import { decodeJsonObject, type JsonObject, Raw } from '../../../core/formats/json';
import { golden, outcome } from './golden';

const { scenarios } = golden<{ scenarios: Record<string, { eventlog?: string[] }> }>('jobs.json');

describe('eventlog', () => {
  test('writes entries as recorded, from what it read', () => {
    const lines = Object.values(scenarios).flatMap((scenario) => scenario.eventlog ?? []);
    expect(lines.length).toBeGreaterThan(300);
    for (const line of lines) {
      const entry = decodeEntry(line);
      expect(entry.text).toBe(line);
      const { context } = decodeJsonObject(line, { reals: true }) as { context?: JsonObject };
      expect(encodeEntry({ timestamp: entry.timestamp, name: entry.name, context })).toBe(line);
    }
  });

  test('reads a log, ignoring text after the last newline', () => {
    const log = encodeEventlog([
      { timestamp: 43, name: 'a' },
      { timestamp: 1.5, name: 'b', context: { x: 1 } },
    ]);
    expect(log).toBe('{"timestamp":43.0,"name":"a"}\n{"timestamp":1.5,"name":"b","context":{"x":1}}\n');
    expect(decodeEventlog(`${log}half`)).toMatchObject([
      { timestamp: 43, name: 'a' },
      { timestamp: 1.5, name: 'b', context: { x: 1 } },
    ]);
  });

  test('inserts a raw context as it is', () => {
    expect(encodeEntry({ timestamp: 1, name: 'a', context: new Raw('{ "t": 2.0 }') })).toBe(
      '{"timestamp":1.0,"name":"a","context":{ "t": 2.0 }}',
    );
  });

  test.each([
    '',
    'x',
    '{"timestamp":1.0,"name":"a"}',
    '\n',
    '{"timestamp":1.0,"name":"a"}\n\n',
    '{"timestamp":"1","name":"a"}\n',
    '{"timestamp":1.0}\n',
    '{"timestamp":1.0,"name":"a","context":1}\n',
    '[]\n',
    '{"timestamp":1.0,"name":"a"\n}\n',
  ])('rejects %j with EINVAL', (text) => {
    expect(outcome(() => decodeEventlog(text))).toEqual({ errno: 'EINVAL' });
  });

  test('refuses to write an empty name or a negative timestamp', () => {
    expect(outcome(() => encodeEntry({ timestamp: 1, name: '' }))).toEqual({ errno: 'EINVAL' });
    expect(outcome(() => encodeEntry({ timestamp: -1, name: 'a' }))).toEqual({ errno: 'EINVAL' });
  });
});
