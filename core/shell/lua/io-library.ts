/**
 * The functions of Lua's io library that the interpreter lacks, over `host.read`, `createfile` and `appendfile`: a file is read as a whole when it is
 * opened, and written through. No io.popen: there is os.execute.
 */
export const ioLibrary = `
local host = ...
local file = {}
file.__index = file
file.__name = 'FILE*'
function file:__tostring() return self.closed and 'file (closed)' or 'file (' .. self.path .. ')' end

local function check(self)
  if self.closed then error('attempt to use a closed file', 3) end
end

local function readline(self, keep)
  if self.pos > #self.text then return nil end
  local stop = self.text:find('\\n', self.pos, true)
  local line = self.text:sub(self.pos, stop and (keep and stop or stop - 1) or -1)
  self.pos = (stop or #self.text) + 1
  return line
end

local function readnumber(self)
  local first, last = self.text:find('^%s*[+-]?[%w.]+', self.pos)
  if not first then return nil end
  self.pos = last + 1
  return tonumber(self.text:sub(first, last))
end

local function read(self, format)
  if type(format) == 'number' then
    if self.pos > #self.text and format > 0 then return nil end
    local piece = self.text:sub(self.pos, self.pos + format - 1)
    self.pos = self.pos + #piece
    return piece
  end
  local kind = format:gsub('^%*', ''):sub(1, 1)
  if kind == 'l' then return readline(self, false) end
  if kind == 'L' then return readline(self, true) end
  if kind == 'n' then return readnumber(self) end
  if kind ~= 'a' then error('bad argument #1 to \\'read\\' (invalid format)', 3) end
  local rest = self.text:sub(self.pos)
  self.pos = #self.text + 1
  return rest
end

function file:read(...)
  check(self)
  if not self.text then return nil, 'Bad file descriptor', 9 end
  if select('#', ...) == 0 then return readline(self, false) end
  local results, n = {}, select('#', ...)
  for i = 1, n do
    results[i] = read(self, (select(i, ...)))
    if results[i] == nil then n = i break end
  end
  return table.unpack(results, 1, n)
end

function file:lines(...)
  check(self)
  local formats = table.pack(...)
  return function() return self:read(table.unpack(formats, 1, formats.n)) end
end

function file:write(...)
  check(self)
  if not self.writes then return nil, 'Bad file descriptor', 9 end
  for i = 1, select('#', ...) do
    local failure = host.appendfile(self.path, tostring((select(i, ...))))
    if failure then return nil, self.path .. ': ' .. failure end
  end
  return self
end

function file:seek(whence, offset)
  check(self)
  if not self.text then return nil, 'Illegal seek', 29 end
  local base = whence == 'set' and 0 or whence == 'end' and #self.text or self.pos - 1
  self.pos = base + (offset or 0) + 1
  return self.pos - 1
end

function file:flush() return self end
function file:setvbuf() return true end
function file:close()
  check(self)
  self.closed = true
  return true
end

function io.open(path, mode)
  mode = (mode or 'r'):gsub('b', '')
  local self = { path = path, pos = 1, writes = mode ~= 'r' }
  local failure
  if mode:sub(1, 1) == 'r' then self.text, failure = host.read(path)
  else failure = host.createfile(path, mode:sub(1, 1) == 'a') end
  if failure then return nil, path .. ': ' .. failure end
  return setmetatable(self, file)
end

function io.lines(path, ...)
  local opened, failure = io.open(path)
  if not opened then error(failure, 2) end
  return opened:lines(...)
end

local type_of = io.type
function io.type(value)
  if getmetatable(value) == file then return value.closed and 'closed file' or 'file' end
  return type_of(value)
end

-- what is written to stdout goes where print goes
function io.write(...)
  for i = 1, select('#', ...) do host.print(tostring((select(i, ...)))) end
  return io.stdout
end
`;
