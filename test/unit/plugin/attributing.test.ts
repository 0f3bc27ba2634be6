import * as flux from '../../../core/plugin';
import { Attribution, loadPlugin } from '../../../core/plugin';
import { TempFolder, thrownBy } from './temp-folder';

const folder = new TempFolder();
afterAll(() => folder.remove());

function loaded(name: string) {
  const file = folder.write({
    [`${name}.ts`]: `import { defineValidator } from 'flux'; import { fail } from './${name}-lib'; export default defineValidator({ name: '${name}', api: 1, description: '', setup: fail });`,
    [`${name}-lib.ts`]: `export const fail = async () => { await null; throw new Error('from ${name}'); };`,
  });
  return loadPlugin(file, { kind: 'validator', library: { flux } });
}

const failureOf = (plugin: ReturnType<typeof loaded>) => thrownBy(() => plugin.definition.setup({} as never));

test('an error is attributed to the plugin in whose files it arose, imports included', async () => {
  const [a, b] = [loaded('a'), loaded('b')];
  const attribution = new Attribution<typeof a>();
  attribution.register(a);
  const unregister = attribution.register(b);
  expect(attribution.ownersOf(await failureOf(a))).toEqual([a]);
  expect(attribution.ownersOf(await failureOf(b))).toEqual([b]);
  unregister();
  expect(attribution.ownersOf(await failureOf(b))).toEqual([]);
});

test('a cause counts where the error itself tells nothing', async () => {
  const a = loaded('a');
  const attribution = new Attribution<typeof a>();
  attribution.register(a);
  const cause = await failureOf(a);
  expect(attribution.ownersOf(new Error('outer', { cause }))).toEqual([a]);
  expect(attribution.ownersOf(new AggregateError([cause]))).toEqual([a]);
});

test("what has no stack, or is nobody's, has no owner", () => {
  const attribution = new Attribution();
  expect([attribution.ownersOf('text'), attribution.ownersOf(undefined), attribution.ownersOf(new Error('mine'))]).toEqual([[], [], []]);
});
