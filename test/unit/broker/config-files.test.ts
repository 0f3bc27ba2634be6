import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readConfiguration } from '../../../core/broker/config-files';
import { toFluxError } from '../../../core/sys/errors';
import { feed } from '../../support/fuzz';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-config-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);
const read = async () => (await readConfiguration(folder)).object;

test('files are read in sorted order; top-level keys of a later one replace those of an earlier one whole', async () => {
  write('b.toml', '[t]\nc = 3\n');
  write('a.toml', 'x = 1\n[t]\na = 1\nb = 2\n');
  write('B.toml', 'x = 7\ny = "sorted before a"\n');
  expect(await read()).toEqual({ x: 1, y: 'sorted before a', t: { c: 3 } });
});

test('only *.toml of exactly this folder count', async () => {
  write('a.toml', 'a = 1\n');
  write('a.toml.bak', 'b = 1\n');
  write('.hidden.toml', 'c = 1\n');
  write('package.json', '{"flux":{"d":1}}');
  write('.fluxrc', 'e: 1\n');
  fs.mkdirSync(path.join(folder, 'sub'));
  write('sub/f.toml', 'f = 1\n');
  expect(await read()).toEqual({ a: 1 });
  const below = path.join(folder, 'sub/deeper');
  fs.mkdirSync(below);
  expect((await readConfiguration(below)).object).toEqual({});
});

test('no name and no key of a file has a meaning of its own', async () => {
  write('package.toml', 'flux = 1\n');
  write('other.toml', '"$import" = "package.toml"\n');
  expect(await read()).toEqual({ flux: 1, $import: 'package.toml' });
});

test('no file, empty files and files of comments are an empty configuration', async () => {
  expect(await read()).toEqual({});
  write('empty.toml', '');
  write('comment.toml', '# nothing\n\n');
  expect(await read()).toEqual({});
});

test('types stay apart on the wire: integers of 64 bits, reals, date-times', async () => {
  write('a.toml', 'i = 9223372036854775807\nj = 2\nf = 2.0\nd = 1979-05-27T07:32:00Z\nb = true\ns = "x"\nl = [1, [2.5]]\n');
  expect((await readConfiguration(folder)).payload.text()).toBe(
    '{"i":9223372036854775807,"j":2,"f":2.0,"d":{"iso-8601-ts":"1979-05-27T07:32:00.000Z"},"b":true,"s":"x","l":[1,[2.5]]}',
  );
});

test.each([
  ['a value is missing', 'x = 1\n\ny =\n', /:3: ./],
  ['a table is not closed', '[a\n', /:1: ./],
  ['a key is given twice', 'a = 1\na = 2\n', /:2: ./],
  ['a string is not closed', 'ok = 1\ns = "x\n', /:2: ./],
  ['a number is infinite', 'a = 1\nx = inf\n', /: Infinity is not a finite number$/],
])('an error names the file and the line: %s', async (_, text, where) => {
  write('good.toml', 'fine = true\n');
  write('bad.toml', text);
  const error = await readConfiguration(folder).catch((e) => e);
  expect(error.code).toBe('EINVAL');
  expect(error.message).toMatch(new RegExp(`^Config file error: ${folder}/bad\\.toml:`));
  expect(error.message).toMatch(where);
});

test('a folder or file that cannot be read is named with the reason', async () => {
  await expect(readConfiguration('/nonexistent')).rejects.toMatchObject({
    code: 'ENOENT',
    text: 'Config file error: /nonexistent: No such file or directory',
  });
  fs.mkdirSync(path.join(folder, 'dir.toml'));
  await expect(readConfiguration(folder)).rejects.toMatchObject({
    code: 'EISDIR',
    text: `Config file error: ${folder}/dir.toml: Is a directory`,
  });
});

test('mutated files give a configuration or EINVAL: 2000', async () => {
  const seed =
    '# c\n[bootstrap]\nhosts = [ { host = "a[0-3]", bind = "tcp://*:1" }, ]\nx = 1_000\n"q k" = 0x1f\nd = 1979-05-27T07:32:00Z\n';
  const inputs: string[] = [];
  feed(2000, [seed], '[]{}="\'\n.,# abc019-_:TZe+', (input) => inputs.push(input));
  for (const input of inputs) {
    write('a.toml', input);
    const error = await readConfiguration(folder).then(() => undefined, toFluxError);
    if (error && error.code !== 'EINVAL') throw new Error(`input ${JSON.stringify(input)}`, { cause: error });
  }
});
