import { ShellLogLevel } from '../../../plugin/types/shell-objects';
/**
 * The globals that initrc files see (docs/protocol/shell-initrc.md §4), over functions of the shell, which come as the chunk's argument. In Lua, so
 * that errors carry the caller's position and files may wait inside of files.
 */
export const prelude = `
local host = ...

-- Where the caller of the function that calls this is.
local function place()
  local info = debug.getinfo(3, 'Sl')
  return info and info.short_src, info and info.currentline
end

-- overwrite counts only as the third of exactly three arguments, and only as a number
local function overwrites(n, flag)
  if n ~= 3 then return true end
  local number = type(flag) ~= 'boolean' and tonumber(flag)
  return number and number ~= 0 or false
end

-- shell ---------------------------------------------------------------

local methods = {}
local readonly = { info = true, getenv = true, setenv = true, unsetenv = true, rankinfo = true, get_rankinfo = true }
local getters = {
  info = host.info,
  rankinfo = host.rankinfo,
  verbose = host.verbose,
}

function methods.get_rankinfo(rank)
  if type(rank) ~= 'number' then return host.rankinfo() end
  return host.rankinfo(rank)
end

function methods.getenv(name)
  if name == nil then return host.environ() end
  return host.getenv(name)
end

function methods.setenv(...)
  local name, value, flag = ...
  if type(name) ~= 'string' and type(name) ~= 'number' then return nil, 'Invalid argument' end
  host.setenv(tostring(name), value == nil and '(null)' or tostring(value), overwrites(select('#', ...), flag))
  return true
end

function methods.unsetenv(name)
  return host.unsetenv(name)
end

function methods.log(message) host.log(${ShellLogLevel.NOTICE}, tostring(message), place()) end
function methods.debug(message) host.log(${ShellLogLevel.DEBUG}, tostring(message), place()) end
function methods.log_error(message) host.log(${ShellLogLevel.ERROR}, tostring(message), place()) end
function methods.die(message) host.die(tostring(message), place()) end

methods.rcpath = host.rcpath
methods.options = setmetatable({}, {
  __index = function(_, key) return host.getopt(tostring(key)) end,
  __newindex = function(_, key, value)
    local failure = host.setopt(tostring(key), value)
    if failure then error(failure, 2) end
  end,
})

shell = setmetatable({}, {
  __index = function(_, key)
    if key == nil then error('shell: invalid key', 2) end
    if getters[key] then return getters[key]() end
    return methods[key]
  end,
  __newindex = function(self, key, value)
    if readonly[key] then error('attempt to set read-only field shell.' .. key, 2) end
    if key ~= 'verbose' then
      rawset(self, key, value)
    elseif not host.setverbose(value) then
      error('invalid assignment to shell.verbose', 2)
    end
  end,
})

-- plugin --------------------------------------------------------------

local plugins = {}

function plugins.load(arg)
  local file, conf = arg, nil
  if type(arg) == 'table' then
    file = arg.file
    if type(arg.conf) == 'table' then conf = arg.conf end
  elseif arg ~= nil and type(arg) ~= 'string' and type(arg) ~= 'number' then
    error('plugin.load: invalid argument', 2)
  end
  if file == nil then error('plugin.load: (null): Invalid argument', 2) end
  local failure = host.pluginload(tostring(file), conf)
  if failure then error('plugin.load: ' .. tostring(file) .. ': ' .. failure, 2) end
end

function plugins.register(arg)
  if type(arg) ~= 'table' then error('plugin.create requires table argument', 2) end
  if type(arg.handlers) ~= 'table' then error('required handlers table missing', 2) end
  if #arg.handlers == 0 then error('plugin.register: handlers table exists but has no entries. (not an array?)', 2) end
  local topics, functions = {}, {}
  for i, entry in ipairs(arg.handlers) do
    if type(entry) ~= 'table' or type(entry.topic) ~= 'string' then error("Missing or invalid 'topic' in handler entry", 2) end
    if type(entry.fn) ~= 'function' then error("Missing or invalid 'fn' in handler entry", 2) end
    topics[i], functions[i] = entry.topic, entry.fn
  end
  host.pluginregister(arg.name, topics, functions)
end

plugin = setmetatable({}, {
  __index = function(_, key)
    if key == 'searchpath' then return host.searchpath() end
    return plugins[key]
  end,
  __newindex = function(_, key, value)
    if key ~= 'searchpath' then error('invald plugin method ' .. tostring(key) .. ' called', 2) end
    host.setsearchpath(tostring(value))
  end,
})

-- task ----------------------------------------------------------------

local tasks = {}

function tasks.getenv(name) return host.taskgetenv(name) end

function tasks.setenv(...)
  local name, value, flag = ...
  host.tasksetenv(tostring(name), tostring(value), overwrites(select('#', ...), flag))
  return true
end

function tasks.unsetenv(name) host.taskunsetenv(name) end

task = setmetatable({}, {
  __index = function(_, key)
    if not host.intask() then error('attempt to access task outside of task context', 2) end
    if key == 'info' then return host.taskinfo() end
    return tasks[key]
  end,
  __newindex = function() end,
})

-- files ---------------------------------------------------------------

-- Runs a file; a failure is logged.
local function run(file)
  local failure = host.entering(file)
  if failure then
    host.rcfailed(failure)
    return false
  end
  local text, chunk, ok
  text, failure = host.read(file)
  if text then chunk, failure = load((text:gsub('^\\239\\187\\191', ''):gsub('^#[^\\n]*', '')), '@' .. file) end
  if chunk then ok, failure = pcall(chunk)
  else failure = file .. ': ' .. tostring(failure) end
  host.leaving()
  if not ok then host.rcfailed(tostring(failure)) end
  return ok
end

function source(pattern)
  local files, failure = host.glob(tostring(pattern))
  if not files then error(failure, 2) end
  for _, file in ipairs(files) do
    if not run(file) then error('source ' .. file .. ' failed', 2) end
  end
end

function source_if_exists(file)
  if type(file) ~= 'string' then error("bad argument #-1 to 'source_if_exists' (string expected, got " .. type(file) .. ')', 2) end
  if host.exists(file) and not run(file) then error('source ' .. file .. ' failed', 2) end
end

-- modules -------------------------------------------------------------

fengari, package.loaded['fengari'] = nil, nil -- no way from rc files into JavaScript
package.searchers[3], package.searchers[4] = nil, nil -- those load JavaScript
package.path = host.packagepath
package.preload['flux'] = function()
  local handle = {}
  handle.__index = handle
  function handle:getattr(name) return host.getattr(tostring(name)) end
  return {
    new = function()
      local failure = host.noinstance()
      if failure then return nil, failure end
      return setmetatable({}, handle)
    end,
  }
end
package.preload['posix'] = host.posix

local ok, failure = pcall(require, 'flux.shell')
if ok then host.log(${ShellLogLevel.TRACE}, 'Sucessfully loaded flux.shell module') -- sic
else host.log(${ShellLogLevel.DEBUG}, 'Error loading flux.shell module: ' .. tostring(failure)) end

return run
`;
