import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { strftime } from '../../../formats/strftime';
import { toFluxError } from '../../../sys/errors';
import { type ClockTime, localTime, secondsAsUtc, timeOf, timesOf } from '../../../sys/local-time';
import type { LuaHost } from './host';
import { type HostFunction, LuaArgumentError, LuaError, numberArgument, textArgument } from './state';
import { LuaFloat } from './values';

type Functions = Record<string, HostFunction>;

/** Lua's os library (Lua 5.3 reference manual, §6.9). Results of os.execute are those of 5.2 and later. */
export function osLibrary(host: LuaHost): Functions {
  return { ...timeFunctions(), ...fileFunctions(host), ...processFunctions(host) };
}

/** Of an error: nil, text and errno, as luaL_fileresult gives them. @throws what is an error of the Lua code */
export function failure(e: unknown, name?: unknown): unknown[] {
  if (e instanceof LuaArgumentError || e instanceof LuaError) throw e;
  const { message, errnum } = toFluxError(e);
  return [undefined, name === undefined ? message : `${name}: ${message}`, errnum];
}

function timeFunctions(): Functions {
  return {
    clock: () => {
      const { user, system } = process.cpuUsage();
      return [new LuaFloat((user + system) / 1e6)];
    },
    difftime: (later, earlier) => [new LuaFloat(numberArgument(later, 1) - (earlier === undefined ? 0 : numberArgument(earlier, 2)))],
    date: (format, time) => [date(format === undefined ? '%c' : textArgument(format, 1), time)],
    time: (fields) => {
      if (fields === undefined) return [Math.floor(Date.now() / 1000)];
      if (typeof fields !== 'object' || fields === null) throw new LuaArgumentError(1, `table expected, got ${typeof fields}`);
      return [secondsOf(fields as Record<string, unknown>)];
    },
    setlocale: (name) => [name === undefined || name === '' || name === 'C' || name === 'POSIX' ? 'C' : undefined],
  };
}

function date(given: string, time: unknown): unknown {
  const seconds = time === undefined ? Math.floor(Date.now() / 1000) : Math.trunc(numberArgument(time, 2));
  if (!(Math.abs(seconds) <= 8.64e12)) throw new LuaError('time result cannot be represented in this installation');
  const utc = given.startsWith('!');
  const format = utc ? given.slice(1) : given;
  if (!format.startsWith('*t')) return strftime(format, seconds, { utc });
  const [year, month, day, hour, min, sec, yday, wday] = strftime('%Y %m %d %H %M %S %j %w', seconds, { utc }).split(' ').map(Number);
  return { year, month, day, hour, min, sec, yday, wday: wday! + 1, isdst: !utc && localTime(seconds).isdst };
}

/** As mktime(3): fields may exceed their range. */
function secondsOf(fields: Record<string, unknown>): number {
  const field = (name: string, otherwise?: number): number => {
    const value = fields[name] === undefined ? otherwise : Number(fields[name]);
    if (value === undefined) throw new LuaError(`field '${name}' missing in date table`);
    if (!Number.isInteger(value)) throw new LuaError(`field '${name}' is not an integer`);
    return value;
  };
  const [day, month, year] = [field('day'), field('month'), field('year')];
  const [hour, min, sec] = [field('hour', 12), field('min', 0), field('sec', 0)];
  const clock = clockOf(secondsAsUtc({ year, month: month - 1, day, hour, minute: min, second: sec }));
  const seconds = timeOf(clock);
  const { isdst } = fields;
  if (isdst === undefined || isdst === localTime(seconds).isdst) return seconds;
  // an hour that is repeated is told apart by it; else it moves the clock
  return timesOf(clock).find((time) => localTime(time).isdst === isdst) ?? seconds + (isdst === true ? -3600 : 3600);
}

function clockOf(secondsOfUtc: number): ClockTime {
  const date = new Date(secondsOfUtc * 1000);
  if (Number.isNaN(date.getTime())) throw new LuaError('time result cannot be represented in this installation');
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth(),
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

function fileFunctions(host: LuaHost): Functions {
  return {
    remove: (name) => {
      const file = host.resolve(name);
      try {
        if (fs.lstatSync(file).isDirectory()) fs.rmdirSync(file);
        else fs.unlinkSync(file);
        return [true];
      } catch (e) {
        return failure(e, name);
      }
    },
    rename: (from, to) => {
      try {
        fs.renameSync(host.resolve(from), host.resolve(to, 2));
        return [true];
      } catch (e) {
        return failure(e);
      }
    },
    tmpname: () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lua_'));
      // a name that was free, as a file: mkstemp(3) for who has only mkdtemp(3)
      fs.rmdirSync(folder);
      fs.closeSync(fs.openSync(folder, 'wx', 0o600));
      return [folder];
    },
  };
}

function processFunctions(host: LuaHost): Functions {
  return {
    getenv: (name) => [host.env[textArgument(name, 1)]],
    execute: (command) => {
      if (command === undefined) return [true]; // there is a shell
      try {
        return exitResults(host.run(textArgument(command, 1)).wait());
      } catch (e) {
        return failure(e);
      }
    },
    exit: (code) => process.exit(code === undefined || code === true ? 0 : code === false ? 1 : numberArgument(code, 1)),
  };
}

/** How a command ended: true or nil, `exit` or `signal`, and which. */
export function exitResults({ code, signal }: { code: number | undefined; signal: number | undefined }): unknown[] {
  return signal === undefined ? [code === 0 ? true : undefined, 'exit', code] : [undefined, 'signal', signal];
}
