import fs from 'node:fs';
import path from 'node:path';
import type { Shell } from '../../../core';
import { ShellLog } from '../../../core/shell/log';
import { hostLog } from '../../../core/shell/stack/builtins';
import { PluginLoader } from '../../../core/shell/stack/plugin-loader';
import { PluginStack } from '../../../core/shell/stack/stack';
import { Views } from '../../../core/shell/stack/views';
import { scratch } from './standalone';

const folder = scratch();
const stacks: PluginStack[] = [];
afterEach(() => {
  for (const stack of stacks.splice(0)) stack.dispose();
});

/** Writes a plugin that tells `join` of the shells that it joins. */
function write(file: string, name: string, join: (shell: unknown) => void = () => {}): void {
  (globalThis as Record<string, unknown>)[`join ${name}`] = join;
  const body = `setup() {}, join(shell) { globalThis['join ${name}'](shell); }`;
  fs.mkdirSync(path.dirname(path.join(folder(), file)), { recursive: true });
  fs.writeFileSync(
    path.join(folder(), file),
    `import { defineShellPlugin } from 'flux'; export default defineShellPlugin({ name: '${name}', api: 1, ${body} });`,
  );
}

/** A stack, and what loads plugins into it for a shell; the shell is only a view with a name. */
function makeStack(scope?: () => AbortSignal | undefined) {
  const stack = new PluginStack(
    hostLog(() => {}),
    scope,
  );
  stacks.push(stack);
  const lines: string[] = [];
  const stderr = (text: string) => void lines.push(text.trimEnd());
  const log = new ShellLog({ stderr, rank: () => 0, standalone: true, verbose: 0, dispatch: () => true, setLevel: () => true });
  const loader = (shell: string) =>
    new PluginLoader({
      stack,
      views: new Views((plugin) => `${shell} for ${plugin}` as unknown as Shell),
      log,
      path: path.join(folder(), 'first'),
      home: folder(),
      host: { cwd: folder() },
    });
  return { stack, loader, lines, names: () => stack.plugins.map(({ name }) => name) };
}

test('a stack takes plugins from the search path, which may change', () => {
  write('first/a.ts', 'a');
  write('second/b.ts', 'b');
  const { loader, names } = makeStack();
  const plugins = loader('one');
  plugins.load('a.so', {});
  plugins.searchIn(path.join(folder(), 'second'));
  plugins.load('b.so', {});
  expect([names(), plugins.path]).toEqual([['a', 'b'], path.join(folder(), 'second')]);
  expect(() => plugins.load('a.so', {})).toThrow('File not found');
});

test('each shell of a stack joins each plugin once, by the view that is for it', () => {
  const joined: unknown[] = [];
  write('first/a.ts', 'a', (shell) => void joined.push(shell));
  const { loader, stack } = makeStack(() => undefined);
  const one = loader('one');
  for (const shell of [one, one, loader('two')]) shell.load('*.so', {});
  expect(joined).toEqual(['one for a', 'two for a']);
  expect(stack.plugins).toHaveLength(1);
});

describe('a plugin that can’t join a shell', () => {
  const failing = () => {
    throw new Error('no room');
  };

  test('is not in its stack', () => {
    write('first/a.ts', 'a', failing);
    const { loader, names, lines } = makeStack();
    expect(() => loader('one').load('*.so', {})).toThrow();
    expect(names()).toEqual([]);
    expect(lines).toEqual([expect.stringContaining('no room')]);
  });

  test('stays in a stack of many shells', () => {
    write('first/a.ts', 'a', failing);
    const { loader, names } = makeStack(() => undefined);
    expect(() => loader('one').load('*.so', {})).toThrow();
    expect(names()).toEqual(['a']);
  });
});
