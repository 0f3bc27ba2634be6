import { type Random, randomFrom } from './random';

/**
 * Lua programs by chance, the same ones for the same seed. Each is the body of a function that prints with `out`, which shows numbers by %.14g: what is
 * compared is what all versions of Lua agree about, and how an integral float is printed they don't.
 */
export function luaPrograms(count: number, seed: number): string[] {
  const random = randomFrom(seed);
  const kinds = Object.values(programs);
  return Array.from({ length: count }, (_, i) => kinds[i % kinds.length]!(new Maker(random)));
}

/** A file that runs programs, each in a protected call: its lines are `NUMBER<tab>OUTPUT`. */
export function luaFile(bodies: readonly string[], first = 0): string {
  const runs = bodies.map((body, i) => `run(${first + i}, function(...)\n${body}\nend)`);
  return [preamble, ...runs].join('\n');
}

const preamble = String.raw`
local number
local function shown(v)
  if v ~= v then return 'nan' end -- its sign is the processor's
  if type(v) == 'number' then return string.format('%.14g', v) end
  if type(v) == 'string' then return '"' .. v:gsub('[^ -~]', function(c) return '\\' .. c:byte() end) .. '"' end
  if type(v) == 'table' and not getmetatable(v) then
    local words = {}
    for i = 1, #v do words[i] = shown(v[i]) end
    return '{' .. table.concat(words, ',') .. '}'
  end
  if type(v) == 'nil' or type(v) == 'boolean' then return tostring(v) end
  return type(v)
end
function out(...)
  local words = {}
  for i = 1, select('#', ...) do words[i] = shown((select(i, ...))) end
  print(number .. '\t' .. table.concat(words, ' '))
end
local unpack = unpack or table.unpack
function run(n, body)
  number = n
  local ok, message = pcall(body, 3, 1, 4, nil, 'five')
  if not ok then out('failed', message) end
end
`;

/** Choices of a program in the making. */
class Maker {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  below(n: number): number {
    return this.#random(n);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.#random(items.length)]!;
  }

  lines(least: number, most: number, line: () => string): string {
    return Array.from({ length: least + this.#random(most - least + 1) }, line).join('\n');
  }

  integer(): string {
    return this.pick([String(this.below(10)), String(this.below(200) - 100), String(this.below(2 ** 31)), this.pick(largeIntegers)]);
  }

  number(): string {
    if (this.below(2)) return this.integer();
    return this.pick([
      `${this.below(100)}.${this.below(1000)}`,
      `${this.below(99)}e${this.below(30) - 15}`,
      `0x${this.below(65536).toString(16)}`,
      '.5',
      '1e300',
    ]);
  }

  word(): string {
    return Array.from({ length: this.below(9) }, () => this.pick([...'abcABC019 .-%_,;\\t']))
      .join('')
      .replace(/\\(?!t)|(?<!\\)t$/g, 'x');
  }

  string(): string {
    return `"${this.word().replaceAll('\\', '').replaceAll('"', '')}"`;
  }

  /** An expression of numbers, in parentheses where it is one. */
  arithmetic(depth = 3, leaf = () => this.number()): string {
    if (depth === 0 || this.below(4) === 0) return this.below(8) === 0 ? `"${leaf()}"` : leaf();
    if (this.below(8) === 0) return `-(${this.arithmetic(depth - 1, leaf)})`;
    return `(${this.arithmetic(depth - 1, leaf)} ${this.pick(['+', '-', '*', '/', '%', '+', '-', '*', '^'])} ${this.arithmetic(depth - 1, leaf)})`;
  }

  pattern(): string {
    const single = () =>
      this.pick(['a', 'b', '%d', '%a', '%s', '.', '[abc]', '[^a]', '[%d_]', '%w', '%p', 'c', '%.', '[a-c]', '%u', '%l', '-', '%%']);
    const item = () => single() + this.pick(['', '', '', '*', '+', '-', '?']);
    const parts = Array.from({ length: 1 + this.below(4) }, () =>
      this.pick([item, item, item, () => `(${item()})`, () => '()', () => '%b()', () => '%f[%w]', () => '%1'])(),
    );
    return `${this.pick(['', '', '', '^'])}${parts.join('')}${this.pick(['', '', '', '$'])}`;
  }
}

const largeIntegers = [
  '100000',
  '2147483647',
  '2147483648',
  '4294967296',
  '14495514624',
  '1099511627776',
  '9007199254740991',
  '1000000007',
];

type Program = (m: Maker) => string;

const programs: Readonly<Record<string, Program>> = {
  arithmetic: (m) => m.lines(3, 8, () => `out(${m.arithmetic()}, ${m.arithmetic(2, () => m.integer())})`),

  comparisons: (m) =>
    m.lines(3, 8, () => {
      const [a, b] = [m.pick([m.number(), m.string(), 'nil', 'true', '0/0']), m.pick([m.number(), m.string(), 'nil', 'false'])];
      return `out(pcall(function() local a, b = ${a}, ${b} return a == b, a ~= b, a ${m.pick(['<', '<=', '>', '>='])} b end))`;
    }),

  format: (m) =>
    m.lines(3, 8, () => {
      const flags = m.pick(['', '', '-', '0', '+', ' ', '#', '-+']);
      const width = m.pick(['', '', '5', '12', '20']);
      const precision = m.pick(['', '', '.0', '.1', '.3', '.10', '.']);
      const kind = m.pick([...'ddiuxXoeEfgGcsgfa']);
      const argument = /[diuxXoc]/.test(kind)
        ? m.pick([m.integer(), String(m.below(128))])
        : kind === 's'
          ? m.pick([m.string(), m.integer(), 'true', 'nil'])
          : m.number();
      return `out(pcall(string.format, "[%${flags}${width}${precision}${kind}] %%", ${argument}))`;
    }),

  quoted: (m) => m.lines(2, 5, () => `out(string.format("%q", ${m.string()} .. "\\n" .. ${m.string()}))`),

  strings: (m) =>
    `local s, t = ${m.string()}, ${m.string()}\n${m.lines(3, 8, () => {
      const [i, j] = [m.below(16) - 8, m.below(16) - 8];
      return m.pick([
        `out(s:sub(${i}, ${j}), s:sub(${i}))`,
        `out(s:rep(${m.below(4)}) .. t, #s, #(s .. t))`,
        `out(s:byte(${i}, ${j}))`,
        `out(s:upper(), s:lower(), s:reverse(), s:len())`,
        `out(string.char(${m.below(128)}, ${m.below(256)}))`,
        `out(s < t, s <= t, s == t, s > t)`,
        `out(s:find(${m.string()}, ${i}, true))`,
        `out(s .. ${m.integer()} .. t .. ${m.below(100)}.5)`,
        `out(pcall(function() return s + 1 end))`,
        `out(tostring(s), tostring(nil), tostring(true), type(s))`,
        `out(pcall(string.rep))`,
        `out(pcall(string.sub, {}, 1))`,
      ]);
    })}`,

  patterns: (m) =>
    `local s = ${m.string()} .. "(ab 12) " .. ${m.string()}\n${m.lines(3, 7, () => {
      const p = `"${m.pattern()}"`;
      return m.pick([
        `out(pcall(string.find, s, ${p}))`,
        `out(pcall(string.find, s, ${p}, ${m.below(12) - 4}))`,
        `out(pcall(string.match, s, ${p}))`,
        `out(pcall(string.gsub, s, ${p}, ${m.pick(['"<%0>"', '"%1"', '""', '"x"', '{a = "1", b = true, c = false}', 'function(a) return a and a .. "!" end', 'string.upper'])}${m.pick(['', `, ${m.below(4)}`])}))`,
        `out(pcall(function() local n = 0 for a, b in s:gmatch(${p}) do n = n + 1 if n > 20 then break end out(a, b) end end))`,
      ]);
    })}`,

  tables: (m) =>
    `local t = {${Array.from({ length: m.below(7) }, () => m.below(50)).join(', ')}}\n${m.lines(4, 10, () =>
      m.pick([
        () => `table.insert(t, ${m.below(50)})`,
        () => `table.insert(t, ${1 + m.below(2)}, ${m.below(50)})`,
        () => `out(table.remove(t))`,
        () => `out(#t > 0 and table.remove(t, ${m.pick(['1', '#t', 'math.floor((#t + 1) / 2)'])}))`,
        () => `table.sort(t${m.pick(['', ', function(a, b) return a > b end'])}) out(t)`,
        () => `out(table.concat(t, "${m.pick([',', '', '-'])}"), #t)`,
        () => `out(pcall(table.concat, t, ",", 1, ${m.below(6)}))`,
        () => `local n = 0 for i, v in ipairs(t) do n = n + i * v end out(n)`,
        () => `local n, c = 0, 0 for k, v in pairs(t) do n, c = n + k * v, c + 1 end out(n, c)`,
        () => `out(t[${m.below(5)}], t[${m.below(5)}.5], t["${m.below(5)}"], next({}))`,
        () => `t.name, t[${m.below(3)} + 0.5] = "x", 1 out(t.name, #t)`,
        () => `out(unpack(t, 1, ${m.below(5)}))`,
        () => `t[#t + 1] = ${m.below(50)}`,
        () => `local u = {[${m.below(4)}] = "a", "b", "c"; n = ${m.below(9)}} out(u[1], u[2], u.n)`,
        () => `out(pcall(table.insert, t, ${m.pick(['nil', '1, 2, 3', '"a", 2'])}))`,
        () => `t[2^53] = ${m.below(9)} out(t[9007199254740992], t[2^53]) t[2^53] = nil`,
      ])(),
    )}\nout(t)`,

  closures: (m) =>
    `local fs, count = {}, ${m.below(10)}
for i = 1, ${1 + m.below(5)} do
  local held = i * ${1 + m.below(9)}
  fs[i] = function(d) held = held + (d or ${m.below(4)}) count = count + 1 return held, i end
end
${m.lines(2, 6, () => `out(fs[${m.pick(['1', '#fs'])}](${m.pick(['', String(m.below(9))])}))`)}
local function fix(f) return (function(x) return x(x) end)(function(x) return f(function(...) return x(x)(...) end) end) end
out(fix(function(self) return function(n) if n < 2 then return 1 end return n * self(n - 1) end end)(${m.below(18)}), count)`,

  errors: (m) =>
    m.lines(3, 7, () =>
      m.pick([
        () => `out(pcall(error, ${m.pick(['"text"', '{1, 2}', 'nil', '5', 'true'])}, ${m.below(3)}))`,
        () => `out(pcall(function() error("at ${m.below(9)}"${m.pick(['', ', 0', ', 1', ', 2'])}) end))`,
        () =>
          `out(pcall(function() local x = ${m.pick(['nil', '{}', '5', '"s"', 'print'])} return x${m.pick(['.y', '.y.z', '()', ' + 1', ' .. "a"', ':m()'])} end))`,
        () =>
          `out(pcall(function() return ${m.pick(['#5', '-{}', '{} < {}', '{} < 1', '"a" < 1', 'nil > 1', '{} .. "x"', '1 + nil'])} end))`,
        () => `out(select('#', pcall(function() return ${m.pick(['', '1', '1, nil', 'nil, nil, nil'])} end)))`,
        () => `out(xpcall(function() error("${m.below(9)}") end, function(e) return "handled " .. e end))`,
        () => `out(pcall(assert, ${m.pick(['false', 'nil', 'false, "why"', '1, 2, 3', 'nil, {5}'])}))`,
        () => `out(pcall(pcall))`,
        () =>
          `local ok, e = pcall(function() local t = setmetatable({}, {__index = function(_, k) error("no " .. k, ${m.below(3)}) end}) return t.field end) out(ok, e)`,
        () => `out(pcall(setmetatable, ${m.pick(['1, {}', '{}', '{}, 1', '{}, nil'])}))`,
        () => `out(pcall(function() local ok, e = pcall(error, {code = ${m.below(9)}}) return ok, e.code end))`,
        () => `out(pcall(rawset, ${m.pick(['{}, nil, 1', '{}, 0/0, 1', '1, 1, 1'])}))`,
      ])(),
    ),

  metamethods: (m) => {
    const event = m.pick(['add +', 'sub -', 'mul *', 'div /', 'mod %', 'pow ^', 'concat ..']).split(' ');
    return `local meta = {}
meta.__${event[0]} = function(a, b) return "${event[0]}:" .. type(a) .. ":" .. type(b) end
meta.__unm = function(a) return "minus " .. a.v end
meta.__eq = function(a, b) return a.v == b.v end
meta.__lt = function(a, b) return a.v < b.v end
meta.__le = function(a, b) return a.v <= b.v end
meta.__call = function(self, ...) return select('#', ...), ... end
meta.__tostring = function(self) return "<" .. self.v .. ">" end
meta.__index = ${m.pick(['function(t, k) return k .. "?" end', '{other = "o"}', 'setmetatable({one = 1}, {__index = {two = 2}})'])}
meta.__newindex = ${m.pick(['function(t, k, v) rawset(t, k, v) rawset(t, "last", k) end', 'nil'])}
local function new(v) return setmetatable({v = v}, meta) end
local a, b, c = new(${m.below(5)}), new(${m.below(5)}), new(${m.below(5)})
${m.lines(3, 8, () =>
  m.pick([
    `out(pcall(function() return a ${event[1]} ${m.pick(['b', '1', '"s"'])} end))`,
    `out(pcall(function() return ${m.pick(['1', '"s"', '{}'])} ${event[1]} a end))`,
    'out(a == b, a ~= c, a < b, a <= c, a > b)',
    'out(-a, tostring(b))',
    `out(a(${m.pick(['', '1', '1, nil', 'nil'])}))`,
    'out(a.other, a.two, a.one, a[1])',
    'a.field = 5 out(a.field, rawget(a, "last"), rawget(b, "field"))',
    'out(getmetatable(a) == meta, rawequal(a, b), rawequal(a, a))',
    'local t = {c, a, b} table.sort(t) out(t[1].v, t[2].v, t[3].v)',
    'out(getmetatable("").__index == string, ("x"):rep(3))',
    'out(pcall(function() return a < 1 end))',
  ]),
)}`;
  },

  coroutines: (m) =>
    `local co = coroutine.create(function(a, b)
  out("in", a, b)
  for i = 1, ${m.below(4)} do local x = coroutine.yield(i * a, ${m.pick(['i', 'nil', '"y"'])}) out("got", x) end
  ${m.pick(['error("oops")', 'return a, b', 'error({})', 'return'])}
end)
out(coroutine.status(co))
${m.lines(3, 6, () => `out(coroutine.resume(co, ${m.below(9)}, ${m.pick(['nil', '"b"', 'true'])})) out(coroutine.status(co))`)}
local gen = coroutine.wrap(function() for i = 1, ${1 + m.below(4)} do coroutine.yield(i) end return "end" end)
${m.lines(1, 6, () => 'out(pcall(gen))')}
out(coroutine.wrap(function(...) return select('#', ...), ... end)(${m.pick(['', '1', 'nil, 2', '1, nil'])}))
out(pcall(coroutine.resume, ${m.pick(['nil', '5', 'co'])}))`,

  varargs: (m) =>
    `local function f(...) return select('#', ...), ... end
local function g(a, ...) local t = {...} return a, #t, (...) end
${m.lines(3, 8, () => {
  const list = Array.from({ length: m.below(4) }, () => m.pick(['1', '"a"', 'true', 'f()', '(f(1, 2))', 'f(3)'])).join(', ');
  return m.pick([
    `out(f(${list}))`,
    `out(g(${list}))`,
    `out((f(${list})))`,
    `out(pcall(select, ${m.below(6) - 2}, "a", "b", "c"))`,
    `out({f(${list})}, #{f(${list}), 1})`,
    'out(...)',
    'out(select("#", ...), (select(2, ...)))',
    `out(unpack({1, 2, 3}, ${1 + m.below(3)}))`,
  ]);
})}`,

  loops: (m) =>
    m.lines(2, 5, () => {
      const [from, to, by] = [m.below(20) - 10, m.below(20) - 10, m.pick(['', '', ', 2', ', -1', ', -3', ', 0.5', ', 0.25'])];
      return m.pick([
        `local n, c = 0, 0 for i = ${from}, ${to}${by} do n, c = n + i, c + 1 if c > 50 then break end end out(n, c)`,
        `local w = {} for i = ${from}, ${to}${by} do w[#w + 1] = i if #w > 20 then break end end out(w)`,
        `local i, n = ${from}, 0 while i < ${to} do i = i + ${1 + m.below(3)} n = n + i if n > 40 then break end end out(i, n)`,
        `local i = ${from} repeat local done = i >= ${to} i = i + ${1 + m.below(4)} until done out(i)`,
        `local n = 0 for i = ${m.pick(largeIntegers)} - 2, ${m.pick(largeIntegers)} do n = n + 1 if n > 5 then break end end out(n)`,
        `local n = 0 for i = 1, ${m.below(5)} do for j = i, ${m.below(5)} do n = n + i * j end end out(n)`,
        `out(pcall(function() for i = ${m.pick(['nil', '1', '"a"', '{}'])}, ${m.pick(['2', 'nil', '{}'])} do end end))`,
        `local n = 0 for i = 3, 1 do n = 1 end for i = 1, math.huge do n = n + 1 if n > 5 then break end end out(n)`,
      ]);
    }),

  numerals: (m) =>
    m.lines(4, 9, () => {
      const text = m.pick([
        m.number(),
        ` ${m.integer()} `,
        `-${m.number()}`,
        '0x',
        '1e',
        '',
        ' ',
        '1 2',
        `0x${m.below(999).toString(16)}`,
        `${m.below(99)}.`,
        '.',
        'abc',
        '1e5',
        '5.0',
        `${m.below(999)}x`,
        '- 1',
        '++1',
        '1..2',
      ]);
      const base = m.pick([2, 3, 8, 10, 16, 16, 36]);
      const digits = m.pick([m.below(9999).toString(base === 10 ? 10 : base), 'zz', '19', '101', 'ff', '', '8', ' 77 ', 'Ff']);
      return m.pick([
        `out(tonumber("${text}"))`,
        `out(tonumber("${text}"))`,
        `out(tonumber("${digits}", ${base}))`,
        `out(pcall(function() return "${text}" + 1 end))`,
        `out(pcall(function() return "${text}" * "2" end))`,
        `out(tonumber(${m.pick(['nil', '{}', 'true', '5'])}))`,
      ]);
    }),

  printed: (m) =>
    m.lines(3, 8, () => {
      const value = m.pick([
        m.integer(),
        `${m.below(99)}.${1 + m.below(8)}`,
        `${m.below(999)} * ${m.below(999)}`,
        '1e15',
        '1e100',
        '2^53',
        '1e16 + 0.5',
        '1/3',
        '100000*100000',
        `-(${m.integer()})`,
        '1/0',
        '-1/0',
        '0.1',
        '1e-5',
        '123456.789e3',
      ]);
      return `out(tostring(${value}), ${value} .. "", #tostring(${value}))`;
    }),

  maths: (m) =>
    m.lines(3, 8, () => {
      const [x, y] = [m.number(), m.number()];
      return m.pick([
        `out(math.floor(${x}), math.ceil(${y}), math.floor(-(${x})), math.ceil(-(${y})))`,
        `out(math.max(${x}, ${y}), math.min(${x}, ${y}, 3))`,
        `out(math.abs(-(${x})), math.sqrt(${y}))`,
        `out(math.fmod(${x}, 7), math.fmod(-(${x}), 7), -(${y}) % 7, ${y} % -7)`,
        `out(math.modf(${x})) out(math.modf(-(${y})))`,
        `out(math.sin(${m.below(99)}), math.cos(${m.below(99)}), math.exp(${m.below(20)}), math.log(1 + ${m.below(99)}))`,
        `out(math.pi, math.huge, -math.huge, math.rad(${m.below(360)}), math.deg(${m.below(7)}))`,
        `out(pcall(math.${m.pick(['floor', 'max', 'sqrt', 'abs'])}${m.pick(['', ', {}', ', "a"', ', "10"', ', nil'])}))`,
        `out(math.floor(${x} / 7), math.floor(${x} * ${y}))`,
        `local r = math.random(${1 + m.below(9)}) out(r >= 1, r <= 9, r == math.floor(r))`,
        'local r = math.random() out(r >= 0 and r < 1)',
      ]);
    }),

  times: (m) =>
    m.lines(2, 5, () => {
      const [time, year] = [m.below(4_000_000_000), 1971 + m.below(100)];
      const conversion = m.pick([...'aAbBcdHIjmMpSUwWxXyYZD']);
      return m.pick([
        `out(pcall(os.date, "!%${m.pick([...'aAbBcdHIjmMpSUwWxXyY'])} %Y-%m-%d", ${time}))`,
        `out(pcall(os.date, "%${conversion}|%H:%M", ${time}))`,
        `out(os.time({year = ${year}, month = ${1 + m.below(14)}, day = ${m.below(33)}, hour = ${m.below(24)}, min = ${m.below(60)}, sec = ${m.below(70)}}))`,
        `out(os.time({year = ${year}, month = 5, day = 6}))`,
        `local d = os.date("!*t", ${time}) out(d.year, d.month, d.day, d.hour, d.min, d.sec, d.wday, d.yday, d.isdst)`,
        `out(pcall(os.time, {year = ${year}, month = 5}))`,
        `out(os.difftime(${time}, 5), type(os.time()), type(os.clock()))`,
      ]);
    }),

  files: (m) =>
    `local f = io.tmpfile()
out(f:write(${m.string()}, "\\n", ${m.below(999)}, "\\n", ${m.string()}${m.pick(['', ', "\\n"'])}) == f, io.type(f), io.type(5))
out(f:seek("set", ${m.below(4)}))
${m.lines(3, 7, () => m.pick(['out(f:read())', 'out(f:read("*l"))', `out(f:read(${m.below(5)}))`, 'out(f:read("*n"))', 'out(f:read("*a"))', `out(f:seek("${m.pick(['set', 'cur', 'end'])}"))`, `out(f:seek("set", ${m.below(9)}))`, `f:seek("cur", 0) f:write("${m.below(99)}") f:seek("set", 0)`, 'for l in f:lines() do out(l) end', 'out(f:read("*l", "*n"))', 'out(f:read(0))']))}
out(f:close()) out(io.type(f)) out(pcall(f.read, f))
out(io.open("/no/such/file")) out(pcall(io.open, "/dev/null", "${m.pick(['r', 'w', 'a+', 'rb'])}") == true)
out(os.remove("/no/such/file")) out(os.getenv("NO_SUCH_VARIABLE"))`,

  chunks: (m) =>
    `local load = loadstring or load
${m.lines(2, 5, () => m.pick([`out(pcall(load("return ${m.arithmetic(2).replaceAll('"', "'")}", "=chunk")))`, `out(load("${m.pick(['return', 'x =', 'if then', 'for i = 1 do end', 'return 1 2', 'local function end', "x = 'abc", 'goto', 'f(', 'return ...', 'break', '}', 'a.b:c = 1', 'return [[x', '1 = 2'])}", "=chunk"))`, `out(pcall(load("local a = ... return a, select('#', ...)", "=chunk"), ${m.below(9)}, nil))`, `value = nil load("value = ${m.below(99)}", "=chunk")() out(value)`, 'out(type(_G), _G._G == _G, type(require), type(package.loaded.string))']))}`,

  control: (m) => {
    const names = ['a', 'b', 'c'];
    const value = (): string =>
      m.pick([...names, String(m.below(20)), `(${m.pick(names)} + ${m.below(9)})`, `(${m.pick(names)} * ${m.below(5)} % 1009)`]);
    const condition = (): string =>
      m.pick([
        `${value()} < ${value()}`,
        `not (${value()} == ${value()})`,
        `${value()} % 2 == 0 and ${value()} > 3`,
        `${value()} > 50 or ${value()} < 2`,
      ]);
    const statement = (depth: number): string => {
      const inner = (): string => m.lines(1, 3, () => statement(depth - 1));
      const assign = (): string => `${m.pick(names)}${m.pick(['', ', spare'])} = ${value()}, ${value()}`;
      if (depth === 0) return m.pick([assign, assign, () => `out(${value()})`])();
      return m.pick([
        assign,
        () => `if ${condition()} then ${inner()} elseif ${condition()} then ${inner()} else ${inner()} end`,
        () => `for i = 1, ${m.below(5)} do ${inner()} end`,
        () => `do local ${m.pick(names)} = ${value()} ${inner()} end`,
        () => `${m.pick(names)} = (function(x) ${inner()} return x end)(${value()})`,
      ])();
    };
    return `local a, b, c, spare = ${m.below(9)}, ${m.below(9)}, ${m.below(9)}\n${m.lines(3, 8, () => statement(2))}\nout(a, b, c)`;
  },
};
