import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { inUtc } from '../../support/zones';
import { scratch } from '../shell/standalone';
import { printed } from './run';

const folder = scratch();
inUtc();

describe('os', () => {
  test('dates', async () => {
    const lines = await printed(folder(), [
      'print(os.date("!%Y-%m-%d %j %V %G %g", 0)) print(os.date("!%c|%x|%X|%p|%a %A %b %B|%U %W %w %u|%%", 951827696))',
      'print(os.time{year = 2040, month = 1, day = 1}, os.time{year = 2026, month = 14, day = 32, hour = 25, min = 61, sec = 61})',
      'local t = os.date("*t", 86400 * 365) print(t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.isdst)',
      'print(os.time(os.date("*t", 1700000000)), os.date("%H:%M", 3600.9), os.difftime(10, 4))',
      'print(math.abs(os.time() - os.date("!*t").sec) > 0, type(os.clock()), os.setlocale(), os.setlocale("C"), os.setlocale("xx_YY"))',
      'print(pcall(os.time, {year = 2020, month = 1})) print(pcall(os.date, "%Y", "x"))',
    ]);
    expect(lines).toEqual([
      '1970-01-01 001 01 1970 70',
      'Tue Feb 29 12:34:56 2000|02/29/00|12:34:56|PM|Tue Tuesday Feb February|09 09 2 2|%',
      '2209032000\t1804212121',
      '1971\t1\t1\t0\t0\t0\t6\t1\tfalse',
      '1700000000\t01:00\t6',
      'true\tnumber\tC\tC\tnil',
      "false\tfield 'day' missing in date table",
      "false\tbad argument #2 to 'os.date' (number expected, got string)",
    ]);
  });

  test('commands, files and the environment of the shell', async () => {
    const lines = await printed(
      folder(),
      [
        'print(os.execute("exit 3")) print(os.execute("true")) print(os.execute("kill -9 $$")) print(os.execute())',
        'print(os.getenv("SITE"), os.getenv("NO_SUCH"))',
        'os.execute("echo $SITE > out") print(io.open("out"):read())',
        'local name = os.tmpname() print(io.open(name) ~= nil, os.remove(name), io.open(name) == nil)',
        'print(os.remove("/no/such")) print(os.rename("/no/such", "x")) print(os.rename("out", "new"), os.remove("new"))',
      ],
      { env: { ...process.env, SITE: 'here' }, cwd: folder() },
    );
    expect(lines).toEqual([
      'nil\texit\t3',
      'true\texit\t0',
      'nil\tsignal\t9',
      'true',
      'here\tnil',
      'here',
      'true\ttrue\ttrue',
      'nil\t/no/such: No such file or directory\t2',
      'nil\tNo such file or directory\t2',
      'true\ttrue',
    ]);
  });
});

describe('io', () => {
  test('popen reads what a command prints, and writes what it reads, while it runs', async () => {
    const lines = await printed(
      folder(),
      [
        'local p = io.popen("echo one; echo two; exit 2") print(p:read(), p:read("*a"), io.type(p)) print(p:close()) print(io.type(p))',
        'local q = io.popen("printf \'a\\nb\\n\'") for line in q:lines() do io.write("[", line, "]") end print(q:close())',
        'local w = io.popen("cat > piped; exit 1", "w") w:write("to cat ", 5) print(w:close()) print(io.open("piped"):read("*a"))',
        'local endless = io.popen("yes") print(endless:read(), endless:read(3)) print(endless:close())',
        'print(pcall(io.popen, "true", "rw")) print(pcall(io.popen))',
      ],
      { cwd: folder(), env: { PATH: process.env['PATH'] } },
    );
    expect(lines).toEqual([
      'one\ttwo',
      '\tfile',
      'nil\texit\t2',
      'closed file',
      '[a][b]true\texit\t0',
      'nil\texit\t1',
      'to cat 5',
      'y\ty',
      'y',
      'nil\texit\t141',
      "false\tbad argument #2 to 'io.popen' (invalid mode)",
      "false\tbad argument #1 to 'io.popen' (string expected, got no value)",
    ]);
  });

  test('files are bytes, read and written at any place', async () => {
    fs.writeFileSync(path.join(folder(), 'data'), Buffer.from([0xff, 0, 0x0a, 0x80, 0x31]));
    const lines = await printed(
      folder(),
      [
        'local f = io.open("data", "r+") print(f:read("*l"):byte(1, -1)) print(f:read("*a"):byte(1, -1)) print(f:read("*a"), f:read("*l"), f:read(0))',
        'print(f:seek("set", 1), f:write("\\200\\201") == f, f:seek("cur"), f:seek("end"), f:seek("set")) print(f:read(3):byte(1, -1)) f:close()',
        'local a = io.open("data", "a+") a:write("!") print(a:seek("end"), a:seek("set"), #a:read("*a")) a:close()',
        'print(pcall(f.read, f)) print(tostring(f), io.type(f), io.type(io.stdout), io.type(5)) print(pcall(io.lines, "/no/such"))',
        'print(io.open("data", "w"):read("*a")) print(io.open("data"):write("x")) print(pcall(io.open, "data", "rz")) print(io.open("/"):read(1))',
        'local n = io.open("data", "w+") n:write(" 12 0x1F -3.5e1 .5 x") n:seek("set") print(n:read("*n", "n", "n", "n", "n")) n:close()',
        'io.output("data") io.write("first\\n", "second\\n") io.close() io.output(io.stdout) io.input("data") print(io.read(), io.read("*L"), io.read())',
        'for a, b in io.lines("data", 2, "*l") do io.write(a, "|", b, ";") end print()',
        'local t = io.tmpfile() t:write("x") t:seek("set") print(t:read("*a"), t:close(), pcall(io.lines, t)) print(io.stdout:close())',
      ],
      { cwd: folder() },
    );
    expect(lines).toEqual([
      '255\t0',
      '128\t49',
      '\tnil\tnil',
      '1\ttrue\t3\t5\t0',
      '255\t200\t201',
      '6\t0\t6',
      'false\tattempt to use a closed file',
      'file (closed)\tclosed file\tfile\tnil',
      "false\tcannot open file '/no/such' (No such file or directory)",
      'nil\tBad file descriptor\t9',
      'nil\tBad file descriptor\t9',
      "false\tbad argument #2 to 'io.open' (invalid mode)",
      'nil\tIs a directory\t21',
      '12\t31\t-35\t0.5\tnil',
      'first\tsecond',
      '\tnil',
      'fi|rst;se|cond;',
      "x\ttrue\tfalse\tbad argument #1 to 'io.lines' (string expected, got userdata)".replace('userdata', 'FILE*'),
      'nil\tcannot close standard file',
    ]);
  });

  test('what is printed keeps its bytes, and goes where it is written', async () => {
    const lines = await printed(folder(), ['io.write("a", 1, 2.5, "\\n") io.stdout:write("b\\n") print("c\\0d", nil, true, 1e15)']);
    expect(lines).toEqual(['a12.5', 'b', 'c\0d\tnil\ttrue\t1e+15']);
  });
});

const lua53 = ['/usr/bin/lua5.3', '/usr/share/lua/5.3/posix/init.lua'].every((file) => fs.existsSync(file));

describe('posix', () => {
  (lua53 ? test : test.skip)('gives what luaposix gives (skipped without lua-posix)', async () => {
    const script = [
      'local p = require "posix"',
      'local function show(...)',
      '  local words = {}',
      '  for i = 1, select("#", ...) do',
      '    local v = (select(i, ...))',
      '    if type(v) == "table" then',
      '      local fields = {}',
      '      for k, x in pairs(v) do fields[#fields + 1] = tostring(k) .. "=" .. tostring(type(x) == "table" and #x or x) end',
      '      table.sort(fields) v = "{" .. table.concat(fields, ",") .. "}"',
      '    end',
      '    words[i] = tostring(v)',
      '  end',
      '  print(table.concat(words, "\\t"))',
      'end',
      'show(p.getuid(), p.geteuid(), p.getgid(), p.getegid(), p.getpid().uid, p.getpid("egid"))',
      'show(p.chdir("/no/such")) show(p.chdir("/tmp")) show(p.getcwd())',
      'show(p.setenv("A_NAME", "b")) show(p.setenv("A_NAME", "c", false)) show(p.getenv("A_NAME")) show(p.setenv("A_NAME", nil)) show(p.getenv("A_NAME")) show(p.setenv("A=", "x"))',
      'show(p.stat("/etc/passwd")) show(p.stat("/etc/passwd", "type")) show(p.stat("/dev/null", "type")) show(p.stat("/tmp", "mode")) show((p.stat("/no/such")))',
      'show(p.glob("/etc/pass*")) show(p.glob("/no/such*"))',
      'local d = FOLDER',
      'show(p.mkdir(d)) show((p.mkdir(d))) show(p.link("/etc/target", d .. "/link", true)) show(p.readlink(d .. "/link")) show(p.stat(d .. "/link", "type"))',
      'local names = p.dir(d) table.sort(names) show(names) show(select(2, p.dir(d))) names = {} for f in p.files(d) do names[#names + 1] = f end table.sort(names) show(names)',
      'show(p.chmod(d, "rwxr-x--x")) show(p.stat(d, "mode")) show(p.chmod(d, "u=rwx,go-rx")) show(p.stat(d, "mode"))',
      'show((p.rmdir(d))) show(p.unlink(d .. "/link")) show(p.rmdir(d)) show((p.rmdir(d)))',
      'show(select(3, p.unlink("/no/such"))) show(p.unlink("/no/such")) show(p.access("/etc/passwd", "r")) show(p.access("/etc/passwd")) show(p.access("/no/such", "r"))',
      'show(p.uname("%s %n %r %v %m")) show(p.getpwnam("root")) show(p.getpwuid(0)) show(p.getgrgid(0)) show(p.getgrnam("daemon")) show(p.getpwnam("no such")) show(p.getgrgid(99999))',
      'show(p.getpasswd("root")) show(p.getpasswd("root", "dir")) show(p.getgroup("root")) show(p.umask())',
      'show(p.basename("/a/b"), p.dirname("/a/b")) show(p.errno(2)) show(p.fnmatch("a*", "abc")) show(p.realpath("/etc/../tmp")) show(p.sleep(0))',
      'show(p.kill(2^22 + 1, 0)) show(p.ENOENT, p.EEXIST) show(p.isatty(2^20)) show(p.getrlimit("nofile"))',
      'show(pcall(p.dir, "/no/such"))',
    ].join('\n');
    const at = (name: string) => script.replace('FOLDER', `"${path.join(folder(), name)}"`);
    const theirs = path.join(folder(), 'theirs.lua');
    fs.writeFileSync(theirs, at('one'));
    const expected = execFileSync('lua5.3', [theirs], { encoding: 'utf8', cwd: '/tmp', env: { ...process.env, LC_ALL: 'C' } });
    const lines = await printed(folder(), at('two'), { env: process.env, cwd: '/tmp' });
    const comparable = (line: string) =>
      line
        .replace('posix.dirent.dir', 'posix.dir')
        .replaceAll(path.join(folder(), 'one'), path.join(folder(), 'two'))
        .replace(/(\d)\.0\b/g, '$1');
    expect(lines).toEqual(expected.split('\n').slice(0, -1).map(comparable));
  });

  test('says clearly what it has not', async () => {
    const lines = await printed(folder(), [
      'local p = require "posix" print(pcall(p.fork)) print(type(p.exec), p.nosuch) print(pcall(p.access, "/etc", "q"))',
    ]);
    expect(lines).toEqual([
      'false\tposix.fork is not available in the job shell',
      'function\tnil',
      "false\tbad argument #2 to 'posix.access' (invalid mode option 'q')",
    ]);
  });
});
