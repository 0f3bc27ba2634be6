import { access } from '../../../plugins/connector-local/access';

const refused = (text: string) => expect.objectContaining({ code: 'EINVAL', text: `error parsing [access] configuration: ${text}` });
const reading = (table: unknown) => () => access.parse(table, { name: 'connector-local' });

test('nobody but the owner has access where nothing is said', () => {
  expect(access.parse({})).toEqual({ 'allow-guest-user': false, 'allow-root-owner': false });
});

test('the two keys are read', () => {
  expect(access.parse({ 'allow-guest-user': true })).toEqual({ 'allow-guest-user': true, 'allow-root-owner': false });
  const root = { 'allow-guest-user': false, 'allow-root-owner': true };
  expect(access.parse(root)).toEqual(root);
});

test.each([
  [3, 'Expected object, got integer'],
  [{ 'allow-guest-user': 1 }, 'Expected true or false, got integer'],
  [{ 'allow-root-owner': 1.5 }, 'Expected true or false, got real'],
  [{ 'allow-root-owner': 'yes' }, 'Expected true or false, got string'],
  [{ nosuch: true }, '1 object item(s) left unpacked: nosuch'],
  [{ a: 1, 'allow-guest-user': true, b: 2 }, '2 object item(s) left unpacked: a, b'],
  [{ constructor: true }, '1 object item(s) left unpacked: constructor'],
])('%j is refused', (table, text) => {
  expect(reading(table)).toThrow(refused(text));
});
