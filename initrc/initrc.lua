-- The default initrc of the job shell: see flux-shell(1), SHELL INITRC.

-- Every plugin of the search path.
plugin.load { file = "*.so", conf = {} }

-- What comes with the installation (lua.d beside this file), and what FLUX_SHELL_RC_PATH of the job adds.
shell.source_rcpath("*.lua")

-- -o mpi=NAME[@VERSION]: lua.d/mpi/NAME.lua, and with a version lua.d/mpi/NAME@VERSION.lua.
shell.source_rcpath_option("mpi")

-- -o userrc=FILE: the user's own.
if shell.options.userrc then
  source(shell.options.userrc)
end
-- To have one for every user without being asked, a site adds:
--   source_if_exists(os.getenv("HOME") .. "/.flux/shell/initrc.lua")
