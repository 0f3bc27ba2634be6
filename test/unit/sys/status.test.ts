import os from 'node:os';
import { kill, killGroup, maxSignal, parseSignal, processExists, signalName, signals } from '../../../core/sys/signals';
import * as status from '../../../core/sys/waitstatus';

test.each([
  ['9', 9],
  ['KILL', 9],
  ['SIGKILL', 9],
  ['sigterm', 15],
  ['0', 0],
  ['64', 64],
  ['65', undefined],
  ['SIGNOPE', undefined],
  ['', undefined],
  ['9x', undefined],
])('the signal %s is %s', (text, number) => {
  expect(parseSignal(text)).toBe(number);
});

test('the table of signals is that of this system, and names go both ways', () => {
  const { SIGRTMIN, SIGRTMAX, ...named } = signals;
  const { SIGIOT, SIGPOLL, ...system } = os.constants.signals; // other names of SIGABRT and SIGIO
  expect(named).toEqual(system);
  expect([SIGIOT, SIGPOLL].map(signalName)).toEqual(['SIGABRT', 'SIGIO']);
  expect(['IOT', 'POLL', 'RTMIN'].map(parseSignal)).toEqual([SIGIOT, SIGPOLL, undefined]);
  for (const [name, number] of Object.entries(named)) expect([signalName(number), parseSignal(name)]).toEqual([name, number]);
  expect([SIGRTMIN, SIGRTMAX]).toEqual([34, maxSignal]);
});

test('signals have their usual names', () => {
  expect([1, 6, 9, 29, 31, 40].map(signalName)).toEqual(['SIGHUP', 'SIGABRT', 'SIGKILL', 'SIGIO', 'SIGSYS', undefined]);
});

test('kill refuses what is no signal, no process, no group', () => {
  expect(() => kill(process.pid, 65)).toThrow('Invalid argument');
  expect(() => kill(2 ** 22 + 1, 0)).toThrow('No such process');
  expect(() => killGroup(0, 15)).toThrow('Invalid argument');
  expect(() => killGroup(1, 15)).toThrow('Invalid argument');
  expect(processExists(process.pid)).toBe(true);
  expect(processExists(2 ** 22 + 1)).toBe(false);
});

test('a wait status decodes to code or signal, and back', () => {
  expect(status.decodeStatus(0x300)).toEqual({ status: 0x300, code: 3, signal: undefined });
  expect(status.decodeStatus(9)).toEqual({ status: 9, code: undefined, signal: 9 });
  expect(status.decodeStatus(0x8b)).toEqual({ status: 0x8b, code: undefined, signal: 11 });
  expect(status.dumpedCore(0x8b)).toBe(true);
  expect(status.isStopped(0x137f)).toBe(true);
  expect(status.stoppingSignal(0x137f)).toBe(19);
  expect(status.endedBySignal(0x137f)).toBe(false);
  expect(status.decodeStatus(status.statusOfCode(42)).code).toBe(42);
  expect(status.decodeStatus(status.statusOfSignal(15)).signal).toBe(15);
  expect([0x300, 9].map(status.shellExitCode)).toEqual([3, 137]);
});

test('a wait status has words', () => {
  expect(status.describeStatus(0x100)).toBe('exited with exit code 1');
  expect(status.describeStatus(15)).toBe('killed by signal 15 (Terminated)');
  expect(status.describeStatus(0x8b)).toBe('killed by signal 11 (Segmentation fault) (core dumped)');
  expect(status.describeStatus(0x137f)).toBe('stopped by signal 19 (Stopped (signal))');
});
