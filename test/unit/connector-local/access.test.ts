import { readAccess } from '../../../plugins/connector-local/access';

const refused = (text: string) => expect.objectContaining({ code: 'EINVAL', text: `error parsing [access] configuration: ${text}` });
const reading = (access: unknown) => () => readAccess({ access });

test('nobody but the owner has access where nothing is said', () => {
  expect(readAccess({})).toEqual({ allowGuestUser: false, allowRootOwner: false });
});

test('the two keys are read', () => {
  expect(readAccess({ access: { 'allow-guest-user': true } })).toEqual({ allowGuestUser: true, allowRootOwner: false });
  expect(readAccess({ access: { 'allow-root-owner': true, 'allow-guest-user': false } })).toEqual({
    allowGuestUser: false,
    allowRootOwner: true,
  });
});

test.each([
  [3, 'Expected object, got integer'],
  [{ 'allow-guest-user': 1 }, 'Expected true or false, got integer'],
  [{ 'allow-root-owner': 1.5 }, 'Expected true or false, got real'],
  [{ 'allow-root-owner': 'yes' }, 'Expected true or false, got string'],
  [{ nosuch: true }, '1 object item(s) left unpacked: nosuch'],
  [{ a: 1, 'allow-guest-user': true, b: 2 }, '2 object item(s) left unpacked: a, b'],
  [{ constructor: true }, '1 object item(s) left unpacked: constructor'],
])('%j is refused', (access, text) => {
  expect(reading(access)).toThrow(refused(text));
});
