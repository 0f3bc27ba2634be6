import fs from 'node:fs';
import path from 'node:path';
import { scratch } from '../shell/standalone';
import { printed, values } from './run';

const folder = scratch();

describe('what Lua 5.1 has and later versions have not', () => {
  test('functions of tables, strings and numbers', async () => {
    const lines = await printed(folder(), [
      'print(unpack({1, 2, 3}))',
      'print(table.getn({1, 2}), table.maxn({1, [10] = 1, [2.5] = 1}), math.pow(2, 10), math.mod(7, 3), math.log10(1000))',
      'print(math.cosh(0), math.sinh(0), math.tanh(0), math.ldexp(0.5, 4), math.atan2(0, 1))',
      'print(math.frexp(8)) print(math.frexp(-0.3)) print(math.frexp(0)) print(math.frexp(2^-1074))',
      'table.foreach({a = 1}, print) table.foreachi({5, 6}, print) print(table.foreachi({5, 6}, function(i, v) return v end))',
      'for word in string.gfind("a b", "%a") do io.write(word, ";") end print()',
      'print(loadstring("return 1 + 1")(), loadstring("x =", "=name"))',
      'print(gcinfo() > 0, type(collectgarbage("count")), collectgarbage(), collectgarbage("collect"))',
      'print(type(newproxy()), getmetatable(newproxy()), type(getmetatable(newproxy(true))))',
      'local p = newproxy(true) print(getmetatable(newproxy(p)) == getmetatable(p), pcall(newproxy, 5))',
      'print(pcall(table.setn, {}, 1)) print(package.loaders == package.searchers)',
    ]);
    expect(lines).toEqual([
      '1\t2\t3',
      '2\t10\t1024\t1\t3',
      '1\t0\t0\t8\t0',
      '0.5\t4',
      '-0.6\t-1',
      '0\t0',
      '0.5\t-1073',
      'a\t1',
      '1\t5',
      '2\t6',
      '5',
      'a;b;',
      '2\tnil\tname:1: unexpected symbol near <eof>',
      'true\tnumber\t0\t0',
      'userdata\tnil\ttable',
      "true\tfalse\tbad argument #1 to 'newproxy' (boolean or proxy expected)",
      "false\t'setn' is obsolete",
      'true',
    ]);
  });

  test('setfenv and getfenv', async () => {
    const lines = await printed(folder(), [
      'local function f() return y end',
      'local function g() return f() end',
      'print(setfenv(f, {y = 7}) == f, f(), g(), getfenv(f).y, getfenv(g) == _G, getfenv(1) == _G, getfenv() == _G, getfenv(0) == _G)',
      'local function sandbox() setfenv(1, {print = print}) x = 5 print(x, _G) end sandbox() print(x)',
      'local chunk = loadstring("value = 1 return value") local env = {} setfenv(chunk, env) print(chunk(), env.value, value)',
      'local function plain() return 1 end setfenv(plain, env) print(getfenv(plain) == env)',
      'local function outer() setfenv(2, {print = print, seen = "seen"}) end',
      '(function() outer() print(seen) end)()',
      'print(pcall(setfenv, print, {})) print(pcall(setfenv, 100, {})) print(pcall(setfenv, f)) print(pcall(getfenv, -1)) print(pcall(setfenv, "x", {}))',
    ]);
    expect(lines).toEqual([
      'true\t7\t7\t7\ttrue\ttrue\ttrue\ttrue',
      '5\tnil',
      'nil',
      '1\t1\tnil',
      'true',
      'seen',
      "false\t'setfenv' cannot change environment of given object",
      "false\tbad argument #1 to 'setfenv' (invalid level)",
      "false\tbad argument #2 to 'setfenv' (table expected, got no value)",
      "false\tbad argument #1 to 'getfenv' (level must be non-negative)",
      "false\tbad argument #1 to 'setfenv' (number expected, got string)",
    ]);
  });

  test('module, which a file that is required calls, and package.seeall', async () => {
    const lines = await printed(folder(), [
      'package.preload["site.tools"] = function(...)',
      '  module(..., package.seeall)',
      '  function hello() return "hello", type(print) end',
      '  count = 5',
      'end',
      'package.preload["site.plain"] = function(...) local type = type module(...) seen = type(print) end',
      'local tools = require "site.tools"',
      'print(tools == site.tools, tools.hello()) print(site.tools.count, hello, tools._NAME, tools._PACKAGE, tools._M == tools)',
      'require "site.plain" print(site.plain.seen, package.loaded["site.plain"] == site.plain)',
      'text = "x" print(pcall(module, "text.inner"))',
    ]);
    expect(lines).toEqual([
      'true\thello\tfunction',
      '5\tnil\tsite.tools\tsite.\ttrue',
      'nil\ttrue',
      "false\tname conflict for module 'text.inner'",
    ]);
  });

  test('arg in a vararg function, and only there', async () => {
    const lines = await printed(folder(), [
      'function f(first, ...) local n = arg.n while #arg > 0 do n = n + table.remove(arg, 1) end return n, first, arg[1] end',
      'print(f(1, 2, 3)) print(f()) print(f(5, 10))',
      'function nils(...) return arg.n, arg[1], arg[2], unpack(arg, 1, arg.n) end print(nils(nil, "b"))',
      'function plain() return arg end print(plain(1), arg)',
      'arg = "global" function g(...) return arg end print(g(1)) arg = nil print(g(1).n)',
    ]);
    expect(lines).toEqual(['7\t1\tnil', '0\tnil\tnil', '11\t5\tnil', '2\tnil\tb\tnil\tb', 'nil\tnil', 'global', '1']);
  });

  test('a backslash before any character, a % before any in a replacement, and insertion beyond the end', async () => {
    const lines = await printed(folder(), [
      'print("a\\.b\\-c\\/d", ("a.b"):gsub("%.", "%-"))',
      'local t = {1} table.insert(t, 5, "x") print(t[5], #t)',
      'print(bit32.band(0xff, 0x0f), bit32.lshift(1, 31), bit32.bnot(0), bit32.extract(0xf0, 4, 4), bit32.arshift(-8, 1), bit32.lrotate(0x80000000, 1))',
      'print(bit32.replace(0, 5, 4, 4), bit32.btest(6, 9), bit32.rshift(-1, 28), bit32.bxor(5, 3), pcall(bit32.extract, 1, 32))',
    ]);
    expect(lines).toEqual([
      'a.b-c/d\ta-b\t1',
      'x\t1',
      '15\t2147483648\t4294967295\t15\t4294967292\t1',
      '80\tfalse\t15\t6\tfalse\ttrying to access non-existent bits',
    ]);
  });
});

test('a power of one is one, as in C', async () => {
  expect(
    await values(folder(), ['1 ^ math.huge', '(-1) ^ -math.huge', 'math.pow(1, 0/0)', '(function(a, b) return a ^ b end)(1, math.huge)']),
  ).toEqual(Array(4).fill('1'));
});

test('outside of coroutines of its own Lua code can not yield, and an error of that can be caught', async () => {
  const lines = await printed(folder(), [
    'print(pcall(coroutine.yield, 1))',
    'print(coroutine.isyieldable(), select(2, coroutine.running()))',
    'print(coroutine.wrap(function() return coroutine.isyieldable(), select(2, coroutine.running()) end)())',
    'local w = coroutine.wrap(function() coroutine.yield(1) return 2 end) print(w(), w())',
  ]);
  expect(lines).toEqual(['false\tattempt to yield from outside a coroutine', 'false\ttrue', 'true\tfalse', '1\t2']);
});

test('files are loaded from the directory of the shell, and say why they are not', async () => {
  const cwd = folder();
  fs.mkdirSync(path.join(cwd, 'sub'));
  fs.writeFileSync(path.join(cwd, 'sub/chunk.lua'), '#!/usr/bin/lua\nreturn (...), x, debug.getinfo(1, "l").currentline\n');
  fs.writeFileSync(path.join(cwd, 'sub/bad.lua'), 'x = = 1\n');
  const lines = await printed(
    cwd,
    [
      'require("posix").chdir("sub")',
      'print(loadfile("chunk.lua")("given")) print(loadfile("chunk.lua", "t", {x = 5, debug = debug})())',
      'print(select("#", dofile("chunk.lua"))) print(loadfile("bad.lua")) print(pcall(dofile, "none.lua")) print(loadfile("/"))',
    ],
    { cwd },
  );
  expect(lines).toEqual([
    'given\tnil\t2',
    'nil\t5\t2',
    '3',
    "nil\tbad.lua:1: unexpected symbol near '='",
    'false\tcannot open none.lua: No such file or directory',
    'nil\tcannot read /: Is a directory',
  ]);
});

test('a file is bytes, with or without a mark of UTF-8', async () => {
  const [mark, line] = ['\xef\xbb\xbf', `print(#"\xe9", ("\xe9"):byte())`];
  const lines = await Promise.all(
    [mark, '', `${mark}#!/usr/bin/lua\n`].map((begin) => printed(folder(), Buffer.from(`${begin}${line}\n`, 'latin1'))),
  );
  expect(lines).toEqual(Array(3).fill(['1\t233']));
});

test('powers are those of the C library', async () => {
  expect(await values(folder(), ['8 ^ 18', '7.2 ^ 47.3', '10 ^ -5', '2 ^ 0.5'])).toEqual([
    '1.8014398509482e+16',
    '3.5630923700324e+40',
    '1e-05',
    '1.4142135623731',
  ]);
});

test('arguments that are missing are errors, and no names', async () => {
  const calls = ['string.char, 256', 'os.getenv', 'os.remove', 'os.rename, "a"', 'require("posix").mkdir', 'require("posix").sleep, "x"'];
  expect(
    await printed(
      folder(),
      calls.map((call) => `print((select(2, pcall(${call})):match("%(.*%)")))`),
    ),
  ).toEqual([
    '(value out of range)',
    '(string expected, got no value)',
    '(string expected, got no value)',
    '(string expected, got no value)',
    '(string expected, got no value)',
    '(number expected, got string)',
  ]);
});
