import { EventEmitter } from 'node:events';
import type { CommandContext } from '../../../../cli/command';
import { watchSignals } from '../../../../cli/commands/job/attach/interrupts';

describe('keys while attached to a job', () => {
  const signals = new EventEmitter();
  const ctx = {
    onSignal(signal: string, handler: () => void) {
      signals.on(signal, handler);
      return () => void signals.off(signal, handler);
    },
  } as unknown as CommandContext;
  let log: string[];
  let stop: () => void;

  beforeEach(() => {
    log = [];
    stop = watchSignals(ctx, { say: (text) => log.push(text), cancel: () => log.push('CANCEL'), detach: () => log.push('DETACH') });
  });
  afterEach(() => stop());

  it('asks for a second ctrl-C, which cancels', () => {
    signals.emit('SIGINT');
    expect(log).toEqual(['one more ctrl-C within 2s to cancel or ctrl-Z to detach']);
    signals.emit('SIGINT');
    expect(log.at(-1)).toBe('CANCEL');
  });

  it('detaches on ctrl-Z behind a ctrl-C', () => {
    signals.emit('SIGINT');
    signals.emit('SIGTSTP');
    expect(log.slice(1)).toEqual(['detaching...', 'DETACH']);
  });

  it('leaves ctrl-Z alone before any ctrl-C', () => {
    expect(signals.listenerCount('SIGTSTP')).toBe(0);
  });

  it('takes its handlers away', () => {
    signals.emit('SIGINT');
    stop();
    expect(signals.eventNames()).toEqual([]);
  });
});
