import { encodeBase64 } from '../../../core/formats/base64';
import { signNone, unwrapNone } from '../../../core/formats/signing';
import { golden, outcome } from './golden';

const { J } = golden<{ J: { valid: { userid: number; payload: string; J: string }[] } }>('jobs.json');
const sign = (header: string, payload = 'e30=') => `${encodeBase64(header)}.${payload}.none`;
const good = 'version\0i1\0userid\0i5\0mechanism\0snone\0';

describe('J by mechanism none', () => {
  test.each(J.valid)('is written and read for user $userid', ({ userid, payload, J: text }) => {
    expect(signNone(userid, payload)).toBe(text);
    expect(unwrapNone(text)).toEqual({ userid, mechanism: 'none', payload: Buffer.from(payload) });
    expect(unwrapNone(text.replaceAll('=', ''))).toMatchObject({ userid });
  });

  test('may have its header in any order', () => {
    expect(unwrapNone(sign('mechanism\0snone\0userid\0i5\0version\0i1\0')).userid).toBe(5);
  });

  test.each([
    '',
    '.',
    '..',
    'a.b',
    sign(good).replace('none', 'x'),
    `${sign(good)}x`,
    `${sign(good)}.x`,
    sign(good, 'e30*'),
    sign(good, 'e'),
    sign(good, 'e30=='),
    sign(good, 'e3=0'),
    sign(`${good}x\0i1\0`),
    sign(good.slice(0, -1)),
    sign(good.replace('i5', 'i-5')),
    sign(good.replace('i5', 'i 5')),
    sign(good.replace('i5', 'i0x5')),
    sign(good.replace('i5', 'i')),
    sign(good.replace('i1', 'i2')),
    sign(good.replace('snone', 'smunge')),
    sign('version\0i1\0userid\0i5\0'),
    sign(good.replace('i5', 'i4294967296')),
    sign(''),
  ])('is not: %s', (text) => {
    expect(outcome(() => unwrapNone(text))).toEqual({ errno: 'EINVAL' });
  });
});
