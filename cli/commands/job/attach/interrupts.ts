import type { CommandContext } from '../../../command';

const WINDOW_MS = 2000;

/** What the user can do by keys. */
export interface InterruptActions {
  say(text: string): void;
  /** Two ctrl-C within 2 seconds. */
  cancel(): void;
  /** Ctrl-Z within 2 seconds of a ctrl-C. */
  detach(): void;
}

/** Gives SIGINT and SIGTSTP their meanings while attached to a job; the result takes them away again. */
export function watchSignals(ctx: CommandContext, actions: InterruptActions): () => void {
  let lastInterrupt = Number.NEGATIVE_INFINITY;
  let offStop: (() => void) | undefined;
  const recent = () => performance.now() - lastInterrupt <= WINDOW_MS;

  const onStop = () => {
    if (recent()) {
      actions.say('detaching...');
      actions.detach();
      return;
    }
    actions.say('one more ctrl-Z to suspend');
    offStop?.();
    offStop = undefined;
  };
  const offInterrupt = ctx.onSignal('SIGINT', () => {
    if (recent()) {
      actions.cancel();
      return;
    }
    lastInterrupt = performance.now();
    actions.say('one more ctrl-C within 2s to cancel or ctrl-Z to detach');
    offStop ??= ctx.onSignal('SIGTSTP', onStop);
  });
  return () => {
    offInterrupt();
    offStop?.();
  };
}
