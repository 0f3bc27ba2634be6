// The Lua interpreter as it is built in: fengari's integers have 32 bits, those of Lua 64. Each entry gives a text of a file of fengari, and what stands
// there instead; `integer` is core/shell/initrc/lua/integers.ts, which core/shell/initrc/lua/engine.ts hands over before the interpreter is loaded. The build fails if
// a text isn't found exactly once (or as often as the third element says): then fengari has changed, and this list has to.
import fs from 'node:fs';
import path from 'node:path';

const changes = {
  'lvm.js': [
    ['(op1.value + op2.value)|0', 'integer.add(op1.value, op2.value)'],
    ['(op1.value - op2.value)|0', 'integer.sub(op1.value, op2.value)'],
    ['luaV_imul(op1.value, op2.value)', 'integer.mul(op1.value, op2.value)'],
    ['attempt to divide by zero', "attempt to perform 'n//0'"],
    ['return Math.floor(m / n)|0;', 'return integer.div(m, n);'],
    ['return (m - Math.floor(m / n) * n)|0;', 'return integer.mod(m, n);'],
    ['setivalue(numberop1 & numberop2)', 'setivalue(integer.and(numberop1, numberop2))'],
    ['setivalue(numberop1 | numberop2)', 'setivalue(integer.or(numberop1, numberop2))'],
    ['setivalue(numberop1 ^ numberop2)', 'setivalue(integer.xor(numberop1, numberop2))'],
    ['luaV_shiftl(numberop1, numberop2)', 'integer.shl(numberop1, numberop2)'],
    ['luaV_shiftl(numberop1, -numberop2)', 'integer.shr(numberop1, numberop2)'],
    ['(-op.value)|0', 'integer.neg(op.value)'],
    // floats that are integral count, too
    [
      /if \(op\.ttisinteger\(\)\) \{\s+L\.stack\[ra\]\.setivalue\(~op\.value\);/g,
      'if (tointeger(op) !== false) { L.stack[ra].setivalue(integer.not(tointeger(op)));',
    ],
    ['Math.pow(numberop1, numberop2)', 'integer.pow(numberop1, numberop2)'],
    ['let idx = (L.stack[ra].value + step)|0;', 'let idx = integer.step(L.stack[ra].value, step);'],
    ['init.value = (initv - pstep.value)|0;', 'init.value = integer.before(initv, pstep.value);'],
    ['ilimit = LUA_MAXINTEGER;', 'ilimit = integer.max;'],
    ['ilimit = LUA_MININTEGER;', 'ilimit = integer.min;'],
    // an integer that is a bigint meets a float
    ['return (t1.value === t2.value) ? 1 : 0;', 'return (t1.value == t2.value) ? 1 : 0;'],
    [/if \(o\.ttnov\(\) === LUA_TNUMBER\)\s+return o\.value;/g, 'if (o.ttnov() === LUA_TNUMBER) return Number(o.value);'],
    ['return v.value;', 'return Number(v.value);'],
  ],
  'lobject.js': [
    ['a = (a * 16 + luaO_hexavalue(s[i]))|0;', 'a = integer.add(integer.mul(a, 16), luaO_hexavalue(s[i]));'],
    ['a = (a * 10 + d)|0;', 'a = integer.add(integer.mul(a, 10), d);'],
    ['n: (neg ? -a : a)|0', 'n: neg ? integer.neg(a) : a'],
    ['Math.floor(MAX_INT / 10)', 'integer.max / 10n'],
    ['MAX_INT % 10', 'Number(integer.max % 10n)'],
    ['return (v1 + v2)|0;', 'return integer.add(v1, v2);'],
    ['return (v1 - v2)|0;', 'return integer.sub(v1, v2);'],
    ['return lvm.luaV_imul(v1, v2);', 'return integer.mul(v1, v2);'],
    ['return (v1 & v2);', 'return integer.and(v1, v2);'],
    ['return (v1 | v2);', 'return integer.or(v1, v2);'],
    ['return (v1 ^ v2);', 'return integer.xor(v1, v2);'],
    ['return lvm.luaV_shiftl(v1, v2);', 'return integer.shl(v1, v2);'],
    ['return lvm.luaV_shiftl(v1, -v2);', 'return integer.shr(v1, v2);'],
    ['Math.pow(v1, v2)', 'integer.pow(v1, v2)'],
    ['return (0 - v1)|0;', 'return integer.neg(v1);'],
    ['return (~0 ^ v1);', 'return integer.not(v1);'],
  ],
  'ltable.js': [
    ['typeof key == "number" && (key|0) === key);', 'typeof key == "number" || typeof key == "bigint");'],
    ['typeof key == "number" && (key|0) === key && value', '(typeof key == "number" || typeof key == "bigint") && value'],
    [/\/\* fall through \*\/(\s+case LUA_TNUMINT:)/g, 'return integer.key(key.value);$1'],
    ['(key.ttisfloat() && (kv|0) === kv)', 'key.ttisfloat() && integer.ofFloat(kv) !== false'],
    ['k = new lobject.TValue(LUA_TNUMINT, kv);', 'k = new lobject.TValue(LUA_TNUMINT, integer.ofFloat(kv));'],
  ],
  'lapi.js': [
    ['typeof n === "number" && (n|0) === n);', 'typeof n === "bigint" || Number.isInteger(n));'],
    ['new TValue(LUA_TNUMINT, n)', 'new TValue(LUA_TNUMINT, integer.of(n))', 3],
  ],
  'lauxlib.js': [
    // 5.1 cuts the fraction off where a function wants an integer, 5.3 fails
    [
      /if \(d === false\)\s+interror\(L, arg\);\s+return d;/g,
      'if (d === false && lua_isnumber(L, arg)) d = integer.truncate(lua_tonumber(L, arg)); if (d === false) interror(L, arg); return Number(d);',
    ],
    [/(lua_pop\(L, 1\);\s+\/\* remove object \*\/\s+)return l;/g, '$1return Number(l);'],
  ],
  'lmathlib.js': [
    ['n = (-n)|0;', 'n = integer.neg(n);'],
    ['(lua_tointeger(L, 1) % d)|0', 'integer.rem(lua_tointeger(L, 1), d)'],
    ['lua_pushinteger(L, LUA_MAXINTEGER);', 'lua_pushinteger(L, integer.max);'],
    ['lua_pushinteger(L, LUA_MININTEGER);', 'lua_pushinteger(L, integer.min);'],
  ],
  // chunks are dumped with integers of 32 bits
  'ldump.js': [
    [
      'dv.setInt32(0, x, true);',
      "if ((x|0) !== x) throw new Error('unable to dump an integer of more than 32 bits'); dv.setInt32(0, x, true);",
      2,
    ],
  ],
  'lstrlib.js': [
    // what "()" captured is no text to find again
    ['if ((ms.src_end-s) >= len &&', 'if (len >= 0 && (ms.src_end-s) >= len &&'],
    // its third argument is missing
    ['c >= 0 && c <= 255, "value out of range"', 'c >= 0 && c <= 255, i, to_luastring("value out of range")'],
    // a match may end at 0
    ['if (res) return res;', 'if (res !== null) return res;'],
    // 5.1 takes a character for itself that stands behind a "%" of the replacement for no reason
    [/luaL_error\(L, to_luastring\("invalid use of '%c' in replacement string"\), L_ESC\);/g, ';'],
  ],
  // 5.1 takes a character for itself that stands behind a backslash for no reason ("\.")
  'llex.js': [
    [
      'esccheck(ls, lisdigit(ls.current), to_luastring("invalid escape sequence", true));',
      "if (!lisdigit(ls.current)) { c = ls.current; will = 'read_save'; break; }",
    ],
  ],
  // messages and debug.getinfo as in C
  'ldebug.js': [
    ['=[JS]', '=[C]'],
    ['to_luastring("J", true)', 'to_luastring("C", true)'],
  ],
  'ldo.js': [
    ['JS stack overflow', 'C stack overflow', 2],
    ['across a JS-call boundary', 'across a C-call boundary'],
  ],
  'lparser.js': [['JS levels', 'C levels', 2]],
  // 5.1 inserts beyond the end
  'ltablib.js': [['luaL_argcheck(L, 1 <= pos && pos <= e, 2,', 'luaL_argcheck(L, 1 <= pos, 2,']],
};

const strict = '"use strict";';
const integers = "const integer = require('./luaconf.js').integers;";

/** A file of fengari's src/, as it is built in. @throws Error if a text to replace isn't there. */
export function changed(name, source) {
  const list = changes[name];
  if (!list) return source;
  let text = source;
  for (const [from, to, times = 1] of list) {
    const seen = typeof from === 'string' ? text.split(from).length - 1 : [...text.matchAll(from)].length;
    if (seen !== times) throw new Error(`fengari/src/${name}: ${seen} times instead of ${times}: ${from}`);
    text = typeof from === 'string' ? text.replaceAll(from, () => to) : text.replace(from, to);
  }
  if (!text.startsWith(strict)) throw new Error(`fengari/src/${name}: does not begin with ${strict}`);
  return strict + integers + text.slice(strict.length);
}

/** For bundles: esbuild reads fengari's files so. */
export const fengariPlugin = {
  name: 'fengari',
  setup(build) {
    const filter = /[\\/]fengari[\\/]src[\\/][^\\/]+\.js$/;
    build.onLoad({ filter }, ({ path: file }) => ({ contents: changed(path.basename(file), fs.readFileSync(file, 'utf8')), loader: 'js' }));
  },
};

/** For build/, where each file stands for itself: a copy of fengari in `folder`. Gives the files written. */
export function copyFengari(root, folder) {
  const from = path.join(root, 'node_modules/fengari');
  const names = fs.readdirSync(path.join(from, 'src')).filter((name) => name.endsWith('.js'));
  for (const name of Object.keys(changes)) if (!names.includes(name)) throw new Error(`fengari/src/${name}: not there`);
  fs.mkdirSync(path.join(folder, 'src'), { recursive: true });
  fs.copyFileSync(path.join(from, 'package.json'), path.join(folder, 'package.json'));
  for (const name of names)
    fs.writeFileSync(path.join(folder, 'src', name), changed(name, fs.readFileSync(path.join(from, 'src', name), 'utf8')));
  return [path.join(folder, 'package.json'), ...names.map((name) => path.join(folder, 'src', name))];
}
