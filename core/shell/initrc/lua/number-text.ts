import { formatNumber } from '../../../formats/cformat';

/**
 * A float as text: `%.14g`, as all versions of Lua have it. 5.3 adds `.0` to an integral one, 5.1 does not, and what goes to an environment variable shall
 * be as 5.1 had it; only -0 keeps it. What is no number is what the processor makes of 0/0, whose sign C prints.
 */
export function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e14) return Object.is(value, -0) ? '-0.0' : String(value);
  const shortest = String(value);
  if (shortest.length <= 15 && Math.abs(value) >= 1e-4 && Math.abs(value) < 1e14) return shortest;
  return Number.isNaN(value) ? '-nan' : formatNumber(value, { conversion: 'g', precision: 14 });
}
