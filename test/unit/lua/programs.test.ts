import { inUtc } from '../../support/zones';
import { scratch } from '../shell/standalone';
import { differences, hasLua } from './programs';

const folder = scratch();

inUtc();

/** A part of what test/soak/lua-programs.test.ts runs. */
(hasLua ? describe : describe.skip)('Lua programs', () => {
  test.each([1, 2, 3])('print what 5.1, 5.3 and 5.4 agree about (file %i)', async (seed) => {
    const { compared, differing } = await differences(folder(), 700, seed);
    expect(differing.slice(0, 5)).toEqual([]);
    expect(compared).toBeGreaterThan(3000);
  });
});
