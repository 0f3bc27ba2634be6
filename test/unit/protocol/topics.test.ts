import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../../..');

test('docs/protocol/topics.md is what `npm run docs` writes, and each row has a sentence', async () => {
  const { topicsPage } = (await import(path.join(root, 'scripts/docs.mjs'))) as { topicsPage: () => string };
  const written = fs.readFileSync(path.join(root, 'docs/protocol/topics.md'), 'utf8');
  expect(written).toBe(topicsPage());
});
