import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const read = (file: string) => fs.readFileSync(path.join(root, file), 'utf8');

/** The settings of a section of .editorconfig. */
function settingsOf(section: string): Record<string, string> {
  const [, text = ''] = read('.editorconfig').split(`[${section}]\n`);
  const lines = text.split(/\n\[/)[0]!.matchAll(/^(\w+) = (\S+)$/gm);
  return Object.fromEntries([...lines].map(([, key, value]) => [key, value]));
}

test('editors are told to write what biome formats', () => {
  const { indentStyle, indentWidth, lineWidth, lineEnding = 'lf' } = JSON.parse(read('biome.json')).formatter;
  expect(settingsOf('*')).toMatchObject({
    indent_style: indentStyle,
    indent_size: String(indentWidth),
    max_line_length: String(lineWidth),
    end_of_line: lineEnding,
  });
});
