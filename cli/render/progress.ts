/** The state that a progress line shows. */
export interface ProgressState {
  total: number;
  done: number;
  /** Seconds since the beginning. */
  elapsed: number;
}

/** A bar of `width` characters filled to `fraction` in eighths. */
export function progressBar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(Math.max(fraction, 0), 1) * width * 8);
  const full = Math.floor(eighths / 8);
  const part = eighths % 8;
  return `${'█'.repeat(full)}${part ? ' ▏▎▍▌▋▊▉'[part] : ''}`.padEnd(width);
}

/** `BEFORE│BAR│ PPP.P% H:MM:SS`, or with `rate` `%4.1f job/s` at the end, in `width` characters (docs/protocol/cli-mini-jobs.md §A7). */
export function progressLine(before: string, state: ProgressState, width: number, rate = false): string {
  const fraction = state.total > 0 ? state.done / state.total : 1;
  const percent = `${(fraction * 100).toFixed(1).padStart(5)}%`;
  const after = rate ? `${(state.elapsed > 0 ? state.done / state.elapsed : 0).toFixed(1).padStart(4)} job/s` : elapsedText(state.elapsed);
  const room = width - before.length - percent.length - after.length - 3;
  return `${before}│${progressBar(fraction, Math.max(room, 1))}│${percent} ${after}`;
}

/** `PD:n R:n CD:n F:n `, the counts padded to the width of the total. */
export function jobCounts(counts: { pending: number; running: number; completed: number; failed: number }, total: number): string {
  const width = String(total).length;
  const show = (n: number) => String(n).padEnd(width);
  return `PD:${show(counts.pending)} R:${show(counts.running)} CD:${show(counts.completed)} F:${show(counts.failed)} `;
}

const esc = '\x1b';

/** The texts that keep a line at the bottom of a terminal of `lines` lines while others scroll above it. */
export const statusLine = {
  /** Reserves the last line. */
  begin: (lines: number) => `\n${esc}7${esc}[1;${lines - 1}r${esc}8${esc}[1A`,
  /** Draws the last line. */
  draw: (lines: number, text: string) => `${esc}7${esc}[${lines};1H${esc}[2K${esc}[?7l${text}${esc}[?7h${esc}8`,
  /** Gives the line back and leaves the final text there. */
  end: (lines: number, text: string) => `${esc}7${esc}[1;${lines}r${esc}8${esc}[${lines};1H${esc}[2K${text}\n`,
};

function elapsedText(elapsed: number): string {
  const total = Math.floor(elapsed);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${Math.floor(total / 3600)}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
}
