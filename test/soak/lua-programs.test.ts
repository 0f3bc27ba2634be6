import { inUtc } from '../support/zones';
import { differences, hasLua } from '../unit/lua/programs';
import { scratch } from '../unit/shell/standalone';

const folder = scratch();
inUtc();
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

(hasLua ? test : test.skip)(`50,000 Lua programs print what 5.1, 5.3 and 5.4 agree about (SEED=${seed})`, async () => {
  for (let file = 0; file < 10; file++) expect((await differences(folder(), 5000, seed + file)).differing.slice(0, 5)).toEqual([]);
});
