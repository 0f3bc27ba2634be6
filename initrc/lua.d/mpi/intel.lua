-- -o mpi=intel: Intel MPI, also where the environment names no PMI library.

local f, err = require("flux").new()
if not f then
  error(err)
end
local library = f:getattr("conf.pmi_library_path")
if not library or library == "" then
  shell.die("mpi=intel: there is no PMI library (attribute conf.pmi_library_path)")
end
shell.setenv("I_MPI_PMI_LIBRARY", library)
