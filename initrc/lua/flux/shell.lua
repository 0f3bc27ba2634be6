-- Functions for initrc files, added to the table `shell`.

if shell == nil then
  error("This module can only be imported from the Flux job shell", 2)
end

local function split(list)
  local items = {}
  for item in (list or ""):gmatch("[^:]+") do
    items[#items + 1] = item
  end
  return items
end

-- Folders of rc files: ours, then those the job names.
local rcpath = split(shell.getenv("FLUX_SHELL_RC_PATH"))
table.insert(rcpath, 1, shell.rcpath .. "/lua.d")

-- Value and version of an option that was given as VALUE@VERSION; no version: nil; option not set: nothing.
function shell.getopt_with_version(name)
  local option = name and shell.options[name]
  if option == nil then
    return
  end
  local value, version = tostring(option):match("^([^@]*)@(.*)$")
  if value then
    return value, version
  end
  return tostring(option)
end

-- Puts a folder in front of a colon-separated variable of the job's environment, unless it is in there.
function shell.prepend_path(variable, path)
  local old = shell.getenv(variable)
  for _, item in ipairs(split(old)) do
    if item == path then
      return
    end
  end
  shell.setenv(variable, old and path .. ":" .. old or path)
end

-- Removes the variables of the job's environment whose names match any of these Lua patterns.
function shell.env_strip(...)
  local patterns = { ... }
  for name in pairs(shell.getenv()) do
    for _, pattern in ipairs(patterns) do
      if name:match(pattern) then
        shell.unsetenv(name)
        break
      end
    end
  end
end

-- Runs the files that match a glob in each rc folder.
function shell.source_rcpath(pattern)
  for _, folder in ipairs(rcpath) do
    source(folder .. "/" .. pattern)
  end
end

-- Runs OPTION/VALUE.lua and OPTION/VALUE@VERSION.lua of each rc folder, where they exist, if the option is set. Was there one? Option not set: nothing.
function shell.source_rcpath_option(option)
  local value, version = shell.getopt_with_version(option)
  if value == nil then
    return
  end
  local found = false
  for _, folder in ipairs(rcpath) do
    local base = folder .. "/" .. option .. "/" .. value
    for _, file in ipairs { base .. ".lua", version and base .. "@" .. version .. ".lua" } do
      local handle = io.open(file)
      if handle then
        handle:close()
        found = true
      end
      source_if_exists(file)
    end
  end
  return found
end
