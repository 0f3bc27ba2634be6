-- The default initrc of the job shell: see flux-shell(1), SHELL INITRC.

-- Every plugin of the search path.
plugin.load { file = "*.so", conf = {} }

-- What comes with the installation (lua.d beside this file), and what FLUX_SHELL_RC_PATH of the job adds.
shell.source_rcpath("*.lua")

-- -o mpi=NAME[@VERSION]: lua.d/mpi/NAME.lua, and with a version lua.d/mpi/NAME@VERSION.lua. These need no file of their own: lua.d has what they take,
-- or leaves it out.
local without_file = { mpich = true, mvapich = true, none = true }
if shell.source_rcpath_option("mpi") == false and not without_file[(shell.getopt_with_version("mpi"))] then
  shell.log("mpi=" .. tostring(shell.options.mpi) .. ": there is no such file in lua.d/mpi, nothing was set for it")
end

-- -o userrc=FILE: the user's own.
if shell.options.userrc then
  source(shell.options.userrc)
end
-- To have one for every user without being asked, a site adds:
--   source_if_exists(os.getenv("HOME") .. "/.flux/shell/initrc.lua")
