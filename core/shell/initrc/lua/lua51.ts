/** Functions that Lua 5.1 has and later versions have not, in terms of those they have (Lua 5.1 reference manual, §5). */
export const lua51 = `
unpack = table.unpack
function loadstring(text, name) return load(text, name) end
function dofile(name)
  local chunk, failure = loadfile(name)
  if not chunk then error(failure, 0) end
  return chunk()
end

table.getn = function(t) return #t end
table.setn = function() error("'setn' is obsolete", 2) end
function table.maxn(t)
  local most = 0
  for key in next, t do
    if type(key) == 'number' and key > most then most = key end
  end
  return most
end
function table.foreach(t, f)
  for key, value in next, t do
    local result = f(key, value)
    if result ~= nil then return result end
  end
end
function table.foreachi(t, f)
  for i = 1, #t do
    local result = f(i, t[i])
    if result ~= nil then return result end
  end
end
string.gfind = string.gmatch
math.mod = math.fmod
package.loaders = package.searchers

-- environments ----------------------------------------------------------

-- A function has its environment in an upvalue of this name, if it uses a global name or makes a function that does.
local function place(f)
  for i = 1, 255 do
    local name = debug.getupvalue(f, i)
    if name == '_ENV' or name == nil then return name and i end
  end
end

-- A function as it is given, or of a level of the stack, as the caller of our caller counts.
local function target(f, who)
  if type(f) == 'function' then return f end
  local level = tonumber(f)
  if not level then error("bad argument #1 to '" .. who .. "' (number expected, got " .. type(f) .. ')', 3) end
  if level < 0 then error("bad argument #1 to '" .. who .. "' (level must be non-negative)", 3) end
  local info = debug.getinfo(level + 2, 'f')
  if not info then error("bad argument #1 to '" .. who .. "' (invalid level)", 3) end
  return info.func
end

local registry, globals = debug.getregistry(), 2 -- LUA_RIDX_GLOBALS
local without = setmetatable({}, { __mode = 'k' }) -- environments of functions that have no place for one

function getfenv(f)
  if f == 0 then return registry[globals] end
  local fn = target(f == nil and 1 or f, 'getfenv')
  local at = place(fn)
  if not at then return without[fn] or registry[globals] end
  local _, environment = debug.getupvalue(fn, at)
  return environment
end

function setfenv(f, environment)
  if type(environment) ~= 'table' then
    error("bad argument #2 to 'setfenv' (table expected, got " .. (environment == nil and 'no value' or type(environment)) .. ')', 2)
  end
  if f == 0 then
    registry[globals] = environment
    return
  end
  local fn = target(f, 'setfenv')
  if debug.getinfo(fn, 'S').what == 'C' then error("'setfenv' cannot change environment of given object", 2) end
  local at = place(fn)
  if at then debug.upvaluejoin(fn, at, function() return environment end, 1)
  else without[fn] = environment end
  return fn
end
debug.getfenv, debug.setfenv = getfenv, setfenv

-- modules -----------------------------------------------------------------

function module(name, ...)
  local loaded = package.loaded[name]
  if type(loaded) ~= 'table' then
    loaded = _G
    for part in name:gmatch('[^.]+') do
      local inner = rawget(loaded, part)
      if inner == nil then
        inner = {}
        loaded[part] = inner
      end
      if type(inner) ~= 'table' then error("name conflict for module '" .. name .. "'", 2) end
      loaded = inner
    end
    package.loaded[name] = loaded
  end
  if loaded._NAME == nil then
    loaded._M, loaded._NAME, loaded._PACKAGE = loaded, name, name:match('^(.*%.)[^.]*$') or ''
  end
  setfenv(2, loaded)
  for _, option in pairs({...}) do
    if type(option) == 'function' then option(loaded) end -- what else require hands over is none
  end
  return loaded
end

function package.seeall(loaded)
  local meta = getmetatable(loaded)
  if not meta then
    meta = {}
    setmetatable(loaded, meta)
  end
  meta.__index = _G
end
`;
