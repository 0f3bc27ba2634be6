import { decodeJson, real } from '../../../core/formats/json';
import { decodeR, encodeR } from '../../../core/resource/R';

const lite = [{ rank: '0-1', children: { core: '0-3', gpu: '0' } }];
const R = (execution: object, top: object = {}) =>
  decodeJson(JSON.stringify({ version: 1, execution: { R_lite: lite, ...execution }, ...top }), { reals: true });

describe('R is refused', () => {
  test.each<[object | string, string]>([
    ['x', 'Expected object, got string'],
    [{}, 'Object item not found: version'],
    [{ version: '1' }, 'Expected integer, got string'],
    [{ version: 2 }, 'invalid version=2'],
    [{ version: 1 }, 'Object item not found: execution'],
    [{ version: 1, execution: [] }, 'Expected object, got array'],
    [{ version: 1, execution: {} }, 'Object item not found: R_lite'],
    [{ version: 1, execution: { R_lite: {} } }, 'Expected array, got object'],
    [{ version: 1, execution: { R_lite: [1] } }, 'Expected object, got integer'],
    [{ version: 1, execution: { R_lite: [{ rank: 0, children: {} }] } }, 'Expected string, got integer'],
    [{ version: 1, execution: { R_lite: [{ rank: '0' }] } }, 'Object item not found: children'],
    [{ version: 1, execution: { R_lite: [{ rank: '0', children: { core: 1 } }] } }, 'Expected string, got integer'],
    [{ version: 1, execution: { R_lite: [], nodelist: 'n0' } }, 'Expected array, got string'],
    [{ version: 1, execution: { R_lite: [], starttime: 'now' } }, 'Expected real or integer, got string'],
    [{ version: 1, execution: { R_lite: [], expiration: null } }, 'Expected real or integer, got null'],
  ])('%j: %s', (value, text) => {
    expect(() => decodeR(value)).toThrow(expect.objectContaining({ code: 'EINVAL', text }));
  });

  test.each<[object, string]>([
    [{ R_lite: [{ rank: 'x', children: {} }] }, 'EINVAL'],
    [{ R_lite: [{ rank: '0', children: { core: 'x' } }] }, 'EINVAL'],
    [{ R_lite: [...lite, ...lite] }, 'EEXIST'],
    [{ R_lite: [{ rank: '0-4000000', children: {} }] }, 'ERANGE'],
    [{ nodelist: ['n0'] }, 'EINVAL'],
  ])('without a text: %j', (execution, code) => {
    expect(() => decodeR(R(execution))).toThrow(expect.objectContaining({ code, text: undefined }));
  });
});

test('times are 0 where they are not given, and never below', () => {
  expect(decodeR(R({ expiration: -1 }))).toMatchObject({ starttime: 0, expiration: 0 });
  expect(decodeR(R({ starttime: 1.5, expiration: 3 }))).toMatchObject({ starttime: 1.5, expiration: 3 });
});

test('what a scheduler has written comes through as it is, null and reals too', () => {
  expect(decodeR(R({}))).not.toHaveProperty('scheduling');
  expect(decodeR(R({}, { scheduling: null })).scheduling).toBeNull();
  const given = { version: 1, execution: { R_lite: lite }, scheduling: { at: real(2) } };
  expect(encodeR(decodeR(given)).scheduling).toEqual({ at: real(2) });
});
