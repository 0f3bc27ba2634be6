import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readConfiguration } from '../../../core/broker/config-files';
import { encodeJson } from '../../../core/formats/json';
import { decoded, feed } from '../../support/fuzz';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-config-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  fs.writeFileSync(path.join(folder, name), text);
}

const read = () => encodeJson(readConfiguration(folder).object);

test('no file is an empty configuration, a later file replaces tables of an earlier one', () => {
  expect(read()).toBe('{}');
  write('b.toml', '[tbon]\nfanout = 3\n');
  write('a.toml', '[tbon]\nfanout = 2\nx = 1\n[exec]\ny = "z"\n');
  write('.hidden.toml', 'broken');
  write('other.txt', 'broken');
  expect(JSON.parse(read())).toEqual({ tbon: { fanout: 3 }, exec: { y: 'z' } });
});

test('integers, reals and dates keep apart', () => {
  write('a.toml', 'i = 1\nr = 1.0\nbig = 9223372036854775807\nd = 1979-05-27T07:32:00Z\n');
  const { payload } = readConfiguration(folder);
  const text = payload.bytes.toString();
  expect(text).toContain('"i":1,');
  expect(text).toContain('"r":1.0,');
  expect(text).toContain('"big":9223372036854775807');
  expect(text).toContain('{"iso-8601-ts":"1979-05-27T07:32:00.000Z"}');
});

test('an error names file and line', () => {
  write('a.toml', 'x = 1\ny = \n');
  expect(read).toThrow(
    expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(`Config file error: ${folder}/a.toml:2: `) }),
  );
});

test('a folder that is not there is named', () => {
  expect(() => readConfiguration('/nonexistent')).toThrow('Config file error: /nonexistent: No such file or directory');
});

test('mutated files give a configuration or EINVAL: 5000', () => {
  const seed =
    '# c\n[bootstrap]\nhosts = [ { host = "a[0-3]", bind = "tcp://*:1" }, ]\nx = 1_000\n"q k" = 0x1f\nd = 1979-05-27T07:32:00Z\n';
  feed(5000, [seed], '[]{}="\'\n.,# abc019-_:TZe+', (input) => {
    write('a.toml', input);
    const configuration = decoded(() => readConfiguration(folder), 'EINVAL');
    if (configuration) encodeJson(configuration.object);
  });
});
