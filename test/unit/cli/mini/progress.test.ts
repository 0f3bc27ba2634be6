import type { CommandContext } from '../../../../cli/command';
import type { MiniOptions } from '../../../../cli/commands/mini/options';
import { JobProgress } from '../../../../cli/commands/mini/progress';

/** A bar for three jobs, and the counts that it showed last. */
function bar(): { progress: JobProgress; counts: () => string | undefined } {
  let printed = '';
  const stdout = { isTTY: true, columns: 80, write: (data: string) => void (printed += data) };
  const progress = JobProgress.start({ stdout } as unknown as CommandContext, { wait: true } as MiniOptions, 3)!;
  return { progress, counts: () => printed.match(/PD:\S+ +R:\S+ +CD:\S+ +F:\S+/g)?.at(-1) };
}

test('a job that ends before it runs was pending, whatever runs beside it', () => {
  const { progress, counts } = bar();
  for (let i = 0; i < 3; i++) progress.update('submit');
  progress.update('alloc');
  progress.update('never-run');
  expect(counts()).toBe('PD:1 R:1 CD:0 F:1');
  progress.update('alloc');
  progress.update('complete');
  progress.update('fail');
  progress.stop();
  expect(counts()).toBe('PD:0 R:0 CD:1 F:2');
});

test('a job that can’t be submitted is not pending', () => {
  const { progress, counts } = bar();
  progress.update('submit-failed');
  progress.stop();
  expect(counts()).toBe('PD:0 R:0 CD:0 F:1');
});
