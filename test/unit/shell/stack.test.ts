import { defineShellPlugin, type Shell } from '../../../core';
import { hostLog } from '../../../core/shell/stack/builtins';
import { instantiate, PluginStack } from '../../../core/shell/stack/stack';
import { Views } from '../../../core/shell/stack/views';

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
const log = hostLog(() => {});

test('in a stack of many shells, timers that a plugin sets while a shell calls it end with that shell', async () => {
  let current: AbortController | undefined;
  const definition = defineShellPlugin({
    name: 'ticking',
    api: 1,
    setup(s) {
      s.on('shell.init', () => void s.every(1000, () => {}));
    },
  });
  const stack = new PluginStack(log, () => current?.signal);
  stack.add(instantiate(definition, { log, scope: stack.scope }));
  const before = timers();
  const shells = [new AbortController(), new AbortController()];
  for (const shell of shells) {
    current = shell;
    await stack.driver.each('shell.init', {}, {}, 'shell.init');
  }
  expect(timers()).toBe(before + 2);
  shells[0]!.abort();
  expect(timers()).toBe(before + 1);
  shells[1]!.abort();
  expect(timers()).toBe(before);
  stack.dispose();
});

test('what every shell of a stack would add is added once, and again when it was replaced', () => {
  const stack = new PluginStack(log);
  const make = () => instantiate(defineShellPlugin({ name: 'once', api: 1, setup() {} }), { log });
  stack.addOnce('once', make);
  const [first] = stack.plugins;
  stack.addOnce('once', make);
  expect(stack.plugins).toEqual([first]);
  stack.add(make());
  stack.addOnce('once', make);
  expect(stack.plugins).toHaveLength(1);
  expect(stack.plugins[0]).not.toBe(first);
  stack.dispose();
});

test('a handler gets a shell as its plugin’s view, the same one all the time, and whatever else as it is', async () => {
  const seen: unknown[] = [];
  const define = (name: string) =>
    defineShellPlugin({ name, api: 1, setup: (s) => s.on('own.topic', (shell, args) => void seen.push([name, shell, args])) });
  const stack = new PluginStack(log);
  for (const name of ['a', 'b']) stack.add(instantiate(define(name), { log }));
  const views = new Views((plugin) => ({ viewOf: plugin }) as unknown as Shell);
  const args = { of: () => 'no views' };
  await stack.driver.each('own.topic', views, args, 'own.topic');
  expect(seen).toEqual([
    ['a', { viewOf: 'a' }, args],
    ['b', { viewOf: 'b' }, args],
  ]);
  const [[, view]] = seen as [[string, unknown]];
  await stack.driver.each('own.topic', args, views, 'own.topic');
  expect(seen[2]).toEqual(['a', args, view]);
  expect((seen[2] as unknown[])[2]).toBe(view);
  stack.dispose();
});
