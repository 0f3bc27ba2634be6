import { strerror } from '../../../core/sys/strerror';
import { strsignal } from '../../../core/sys/strsignal';
import { golden } from '../formats/golden';

const recorded = golden<Record<'strerror' | 'strsignal', Record<string, string>>>('cli.json');

test('errors have the recorded texts', () => {
  for (const [errnum, text] of Object.entries(recorded.strerror)) expect([errnum, strerror(Number(errnum))]).toEqual([errnum, text]);
});

test('signals have the recorded texts', () => {
  for (const [signum, text] of Object.entries(recorded.strsignal)) expect([signum, strsignal(Number(signum))]).toEqual([signum, text]);
});
