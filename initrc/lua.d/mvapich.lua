-- MVAPICH2: finds its PMI library by LD_LIBRARY_PATH, its size and rank in variables of its own launcher.

if shell.options.mpi == "none" then
  return
end

local f, err = require("flux").new()
if not f then
  error(err)
end

local library = f:getattr("conf.pmi_library_path")
local folder = library and library:match("^(.*)/[^/]*$")
if folder then
  local old = shell.getenv("LD_LIBRARY_PATH")
  if not old or old == "" then
    shell.setenv("LD_LIBRARY_PATH", folder)
  elseif old:match("^[^:]*") ~= folder then
    shell.setenv("LD_LIBRARY_PATH", folder .. ":" .. old)
  end
end

shell.setenv("MPIRUN_NTASKS", shell.info.ntasks)
shell.setenv("MPIRUN_RSH_LAUNCH", 1)

plugin.register {
  name = "mvapich",
  handlers = {
    {
      topic = "task.init",
      fn = function()
        task.setenv("MPIRUN_RANK", task.info.rank)
      end,
    },
  },
}
