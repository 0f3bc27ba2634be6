import { decodeJson } from '../../../core/formats/json';
import { MAX_DEPTH } from '../../../core/formats/json-encode';
import { parseJson } from '../../../core/formats/json-parse';
import { isBeyondJsonParse, mayBeTooDeep } from '../../../core/formats/json-scan';
import { generate, pick } from '../../support/fuzz';

describe('what JSON.parse can be trusted with', () => {
  test.each([
    ['1234567890123456'],
    ['[-1234567890123456]'],
    ['{"a": 1234567890123456}'],
    ['[0,\n1234567890123456]'],
    ['1e400'],
    ['[1.5E+308]'],
    ['{"a":-2e0400}'],
    ['"\\ud83d"'],
    ['["\\uD83D\\uDE00"]'],
  ])('%s goes to the parser that keeps it', (text) => {
    expect(isBeyondJsonParse(text)).toBe(true);
  });
  test.each([
    ['[123456789012345]'],
    ['0.12345678901234567890'],
    ['[1e-400,1e99]'],
    ['{"a":"sha1-1234567890123456e999"}'],
    ['"x1e400"'],
    ['"\\u00e9"'],
    [''],
  ])('%s does not', (text) => {
    expect(isBeyondJsonParse(text)).toBe(false);
  });

  test('an integer of 16 digits is found wherever it stands', () => {
    for (let before = 0; before < 40; before++) {
      const text = `["${'x'.repeat(before)}",1234567890123456]`;
      expect([before, isBeyondJsonParse(text)]).toEqual([before, true]);
    }
  });

  test('long texts of numbers of every length decode as the strict parser decodes them', () => {
    const sign = () => pick(['', '', '-']);
    const digits = () => `${generate('0123456789')}1`;
    const number = () =>
      `${sign()}${digits().replace(/^0+/, '')}${pick(['', '', `.${digits()}`])}${pick(['', '', `e${sign()}${digits().slice(-3)}`])}`;
    for (let i = 0; i < 300; i++) {
      const text = `[${Array.from({ length: 30 }, number).join(pick([',', ' , ', ',\n']))}]`;
      expect({ text, ...outcome(() => decodeJson(text)) }).toEqual({ text, ...outcome(() => parseJson(text)) });
    }
  });

  test('brackets count up to the depth that C clients take', () => {
    const nested = (depth: number) => '['.repeat(depth) + ' '.repeat(2 * MAX_DEPTH) + ']'.repeat(depth);
    expect(mayBeTooDeep(nested(MAX_DEPTH))).toBe(false);
    expect(mayBeTooDeep(nested(MAX_DEPTH + 1))).toBe(true);
    expect(mayBeTooDeep(JSON.stringify(Array.from({ length: 4 * MAX_DEPTH }, () => [{}])))).toBe(false);
    expect(mayBeTooDeep(`${'{"a":'.repeat(MAX_DEPTH)}[1]${'}'.repeat(MAX_DEPTH)}`)).toBe(true);
  });
});

function outcome(use: () => unknown): object {
  try {
    return { value: use() };
  } catch (e) {
    return { errno: (e as { code?: string }).code };
  }
}
