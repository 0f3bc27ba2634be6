import { errno, errnoName } from '../../../core/sys/errno';
import { FluxError } from '../../../core/sys/errors';
import { strerror } from '../../../core/sys/strerror';
import { strsignal } from '../../../core/sys/strsignal';
import { golden } from '../formats/golden';

const recorded = golden<Record<'strerror' | 'strsignal', Record<string, string>>>('cli.json');

test('errors have the recorded texts', () => {
  for (const [errnum, text] of Object.entries(recorded.strerror)) expect([errnum, strerror(Number(errnum))]).toEqual([errnum, text]);
});

test('every error that has a text has a name, by which it is told to others', () => {
  const named = Object.keys(recorded.strerror).filter((errnum) => strerror(Number(errnum)) !== `Unknown error ${errnum}` && errnum !== '0');
  expect(named.length).toBeGreaterThan(100);
  for (const errnum of named) expect([errnum, errno[errnoName(Number(errnum))!]]).toEqual([errnum, Number(errnum)]);
});

test('an error of a name is told by its number', () => {
  expect(new FluxError('ENOTRECOVERABLE')).toMatchObject({ errnum: 131, message: 'State not recoverable' });
  expect(new FluxError(131)).toMatchObject({ code: 'ENOTRECOVERABLE' });
});

test('signals have the recorded texts', () => {
  for (const [signum, text] of Object.entries(recorded.strsignal)) expect([signum, strsignal(Number(signum))]).toEqual([signum, text]);
});
