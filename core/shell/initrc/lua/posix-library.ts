import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tty from 'node:tty';
import { fnmatch } from '../../../formats/fnmatch';
import { glob } from '../../../formats/glob';
import { getGroup, getPasswd, type PasswdFields } from '../../../sys/accounts';
import { errno } from '../../../sys/errno';
import { signals } from '../../../sys/signals';
import { strerror } from '../../../sys/strerror';
import { getUmask, setUmask } from '../../../sys/umask';
import type { LuaHost } from './host';
import { failure } from './os-library';
import { formatMode, parseMode } from './posix-mode';
import { type HostFunction, LuaArgumentError, LuaError, numberArgument, textArgument } from './state';

type Functions = Record<string, HostFunction>;

/** Functions of luaposix that are not to be had in a JavaScript process, or that no rc file should need: to call one is an error that says so. */
const absent =
  `_exit abort alarm bind close closelog connect creat crypt ctermid dup dup2 exec execp execx fadvise fcntl fdatasync fdopen fileno fork fsync
getaddrinfo getopt getsockname grantpt hostid listen lseek mkfifo mkstemp msgget msgrcv msgsnd nice open openlog openpt openpty pathconf pclose pipe poll popen
popen_pipeline ptsname raise read recv recvfrom rpoll sched_setscheduler send sendto setlogmask setpid setsockopt shutdown signal socket socketpair spawn
statvfs sync sysconf syslog tcdrain tcflow tcflush tcgetattr tcgetpgrp tcsendbreak tcsetattr tcsetpgrp times ttyname unlockpt wait write`.split(
    /\s+/,
  );

/** The module `posix` of luaposix, as far as rc files use it; functions that fail give nil, text and errno. What is absent says so when it is called. */
export function posixLibrary(host: LuaHost): Functions {
  const refuse =
    (name: string): HostFunction =>
    () => {
      throw new LuaError(`posix.${name} is not available in the job shell`);
    };
  return {
    ...Object.fromEntries(absent.map((name) => [name, refuse(name)])),
    ...processFunctions(),
    ...environmentFunctions(host),
    ...statusFunctions(host),
    ...fileFunctions(host),
    ...folderFunctions(host),
    ...accountFunctions(),
    ...systemFunctions(host),
  };
}

/** 0, or what an error gives. */
function done(action: () => void, name?: unknown): unknown[] {
  try {
    action();
    return [0];
  } catch (e) {
    return failure(e, name);
  }
}

/** All fields, the one that is named, or those of a list in its order. */
function select(fields: Record<string, unknown>, wanted: unknown): unknown[] {
  if (wanted === undefined) return [fields];
  const names = Array.isArray(wanted) ? wanted : [wanted];
  return names.map((name) => {
    if (!Object.hasOwn(fields, String(name))) throw new LuaArgumentError(2, `invalid option '${name}'`);
    return fields[String(name)];
  });
}

function processFunctions(): Functions {
  const ids = () => ({
    egid: process.getegid!(),
    euid: process.geteuid!(),
    gid: process.getgid!(),
    uid: process.getuid!(),
    pgrp: Number(/\) \S+ \d+ (\d+)/.exec(fs.readFileSync('/proc/self/stat', 'utf8'))![1]),
    pid: process.pid,
    ppid: process.ppid,
  });
  return {
    getpid: (wanted) => select(ids(), wanted),
    getppid: () => [process.ppid],
    getuid: () => [process.getuid!()],
    geteuid: () => [process.geteuid!()],
    getgid: () => [process.getgid!()],
    getegid: () => [process.getegid!()],
    getpgrp: () => [ids().pgrp],
    getgroups: () => [process.getgroups!()],
    kill: (pid, signal) => done(() => process.kill(numberArgument(pid, 1), numberArgument(signal ?? signals.SIGTERM, 2))),
    umask: (mode) => {
      const before = 0o777 & ~getUmask();
      if (mode === undefined) return [formatMode(before)];
      const wanted = parseMode(String(mode), before);
      if (wanted === undefined) throw new LuaArgumentError(1, 'bad mode');
      setUmask(0o777 & ~wanted);
      return [formatMode(wanted)];
    },
    errno: (number) => [strerror(Number(number ?? 0)), Number(number ?? 0)],
  };
}

function environmentFunctions(host: LuaHost): Functions {
  return {
    getenv: (name) => [name === undefined ? { ...host.env } : host.env[textArgument(name, 1)]],
    setenv: (name, value, overwrite) => {
      const key = textArgument(name, 1);
      if (key === '' || key.includes('=')) return [undefined, strerror(errno.EINVAL), errno.EINVAL];
      if (value === undefined) delete host.env[key];
      else if (overwrite !== false || host.env[key] === undefined) host.env[key] = textArgument(value, 2);
      return [0];
    },
    getcwd: () => [host.cwd],
    chdir: (directory) =>
      done(() => {
        const folder = host.resolve(directory);
        fs.accessSync(`${folder}/.`, fs.constants.X_OK);
        host.cwd = folder;
      }, directory),
  };
}

const types: readonly [test: (stats: fs.Stats) => boolean, name: string][] = [
  [(s) => s.isFile(), 'regular'],
  [(s) => s.isSymbolicLink(), 'link'],
  [(s) => s.isDirectory(), 'directory'],
  [(s) => s.isCharacterDevice(), 'character device'],
  [(s) => s.isBlockDevice(), 'block device'],
  [(s) => s.isFIFO(), 'fifo'],
  [(s) => s.isSocket(), 'socket'],
];

const seconds = (ms: number): number => Math.floor(ms / 1000);

function statusFunctions(host: LuaHost): Functions {
  return {
    // of a link itself
    stat: (file, wanted) => {
      try {
        const s = fs.lstatSync(host.resolve(file));
        const { dev, ino, nlink, uid, gid, size } = s;
        const times = { atime: seconds(s.atimeMs), mtime: seconds(s.mtimeMs), ctime: seconds(s.ctimeMs) };
        const type = types.find(([test]) => test(s))?.[1] ?? '?';
        return select({ dev, ino, nlink, uid, gid, size, ...times, mode: formatMode(s.mode), type }, wanted);
      } catch (e) {
        return failure(e, file);
      }
    },
    lstat: (file) => {
      try {
        const s = fs.lstatSync(host.resolve(file));
        const fields = {
          dev: s.dev,
          ino: s.ino,
          mode: s.mode,
          nlink: s.nlink,
          uid: s.uid,
          gid: s.gid,
          rdev: s.rdev,
          size: s.size,
          blksize: s.blksize,
          blocks: s.blocks,
          atime: seconds(s.atimeMs),
          mtime: seconds(s.mtimeMs),
          ctime: seconds(s.ctimeMs),
        };
        return [Object.fromEntries(Object.entries(fields).map(([name, value]) => [`st_${name}`, value]))];
      } catch (e) {
        return failure(e, file);
      }
    },
    access: (file, mode) => {
      const bits = { r: fs.constants.R_OK, w: fs.constants.W_OK, x: fs.constants.X_OK, f: fs.constants.F_OK };
      let wanted = fs.constants.F_OK;
      for (const letter of String(mode ?? 'f')) {
        if (!Object.hasOwn(bits, letter)) throw new LuaArgumentError(2, `invalid mode option '${letter}'`);
        wanted |= bits[letter as keyof typeof bits];
      }
      return done(() => fs.accessSync(host.resolve(file), wanted), file);
    },
  };
}

function fileFunctions(host: LuaHost): Functions {
  return {
    unlink: (file) => done(() => fs.unlinkSync(host.resolve(file)), file),
    link: (target, file, symbolic) =>
      done(() => {
        if (symbolic === true) fs.symlinkSync(textArgument(target, 1), host.resolve(file, 2));
        else fs.linkSync(host.resolve(target), host.resolve(file, 2));
      }),
    symlink: (target, file) => done(() => fs.symlinkSync(textArgument(target, 1), host.resolve(file, 2))),
    readlink: (file) => {
      try {
        return [fs.readlinkSync(host.resolve(file))];
      } catch (e) {
        return failure(e, file);
      }
    },
    realpath: (file) => {
      try {
        return [fs.realpathSync.native(host.resolve(file))];
      } catch (e) {
        return failure(e, 'realpath');
      }
    },
    rename: (from, to) => done(() => fs.renameSync(host.resolve(from), host.resolve(to, 2))),
    chmod: (file, mode) => {
      let bad = false;
      const results = done(() => {
        const wanted = parseMode(String(mode), fs.statSync(host.resolve(file)).mode & 0o7777);
        bad = wanted === undefined;
        if (wanted !== undefined) fs.chmodSync(host.resolve(file), wanted);
      }, file);
      if (bad) throw new LuaArgumentError(2, 'bad mode');
      return results;
    },
    chown: (file, user, group) =>
      done(() => {
        const uid = typeof user === 'string' ? getPasswd(user)?.uid : Number(user ?? -1);
        const gid = typeof group === 'string' ? getGroup(group)?.gid : Number(group ?? -1);
        fs.chownSync(host.resolve(file), uid ?? -1, gid ?? -1);
      }, file),
    utime: (file, modified, accessed) =>
      done(() => {
        const now = Date.now() / 1000;
        fs.utimesSync(host.resolve(file), Number(accessed ?? now), Number(modified ?? now));
      }, file),
    basename: (file) => [path.basename(textArgument(file, 1))],
    dirname: (file) => [path.dirname(textArgument(file, 1))],
    fnmatch: (pattern, text) => [fnmatch(textArgument(pattern, 1), textArgument(text, 2))],
    mkdtemp: (template) => {
      const name = textArgument(template, 1);
      if (!name.endsWith('XXXXXX')) return [undefined, `${name}: ${strerror(errno.EINVAL)}`, errno.EINVAL];
      try {
        return [fs.mkdtempSync(host.resolve(name.slice(0, -6)))];
      } catch (e) {
        return failure(e, name);
      }
    },
  };
}

function folderFunctions(host: LuaHost): Functions {
  const entries = (folder: unknown): string[] => {
    const name = folder === undefined ? '.' : textArgument(folder, 1);
    try {
      return ['.', '..', ...fs.readdirSync(host.resolve(name))];
    } catch (e) {
      throw new LuaArgumentError(1, String(failure(e, name)[1]));
    }
  };
  return {
    mkdir: (folder) => done(() => fs.mkdirSync(host.resolve(folder)), folder),
    rmdir: (folder) => done(() => fs.rmdirSync(host.resolve(folder)), folder),
    dir: (folder) => {
      const names = entries(folder);
      return [names, names.length];
    },
    files: (folder) => {
      const names = entries(folder);
      return [() => [names.shift()]];
    },
    glob: (pattern) => {
      const text = pattern === undefined ? '*' : textArgument(pattern, 1);
      const found = glob(text, { home: host.env['HOME'], cwd: host.cwd });
      if (found.length > 0) return [found];
      return [undefined, `${text}: ${strerror(errno.ENOENT)}`, errno.ENOENT];
    },
  };
}

function accountFunctions(): Functions {
  const prefixed = (prefix: string, fields: object | undefined): unknown[] =>
    fields ? [Object.fromEntries(Object.entries(fields).map(([name, value]) => [prefix + name, value]))] : [undefined];
  const passwd = (user: string | number): (PasswdFields & Record<string, unknown>) | undefined => getPasswd(user) as never;
  return {
    getpwnam: (name) => prefixed('pw_', passwd(textArgument(name, 1))),
    getpwuid: (uid) => prefixed('pw_', passwd(numberArgument(uid, 1))),
    getpasswd: (user, wanted) => {
      const entry = passwd(user === undefined ? process.getuid!() : typeof user === 'number' ? user : textArgument(user, 1));
      return entry ? select(entry, wanted) : [];
    },
    getgrnam: (name) => prefixed('gr_', getGroup(textArgument(name, 1))),
    getgrgid: (gid) => prefixed('gr_', getGroup(numberArgument(gid, 1))),
    getgroup: (group) => [getGroup(typeof group === 'number' ? group : textArgument(group, 1))],
    getlogin: () => [undefined],
  };
}

function systemFunctions(host: LuaHost): Functions {
  const parts: Readonly<Record<string, () => string>> = {
    s: os.type,
    n: os.hostname,
    r: os.release,
    v: os.version,
    m: os.machine,
  };
  return {
    uname: (format) => {
      let count = 0;
      const text = String(format ?? '%s %n %r %v %m').replace(/%(.)/g, (_, letter: string) => {
        count++;
        if (letter === '%') return '%';
        const part = parts[letter];
        if (!part) throw new LuaArgumentError(1, `invalid format option '${letter}'`);
        return part();
      });
      return [text, count];
    },
    gethostname: () => [os.hostname()],
    time: () => [Math.floor(Date.now() / 1000)],
    gettimeofday: () => {
      const now = Date.now();
      return [{ sec: Math.floor(now / 1000), usec: (now % 1000) * 1000 }];
    },
    sleep: (duration) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, numberArgument(duration, 1) * 1000);
      return [0];
    },
    isatty: (fd) => {
      if (tty.isatty(Number(fd))) return [1];
      const errnum = fs.existsSync(`/proc/self/fd/${Number(fd)}`) ? errno.ENOTTY : errno.EBADF;
      return [undefined, `isatty: ${strerror(errnum)}`, errnum];
    },
    system: (command) => [host.run(textArgument(command, 1)).wait().status],
  };
}

/** Numbers of the module: errnos by name, and bits of access(2). */
export const posixConstants: Readonly<Record<string, number | string>> = {
  ...errno,
  F_OK: 0,
  R_OK: 4,
  W_OK: 2,
  X_OK: 1,
  version: 'posix for Lua 5.3 / the part that rc files use',
};
