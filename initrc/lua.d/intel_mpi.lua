-- Intel MPI: its PMI library is ours.

if shell.options.mpi ~= "none" and shell.getenv("I_MPI_PMI_LIBRARY") then
  local f, err = require("flux").new()
  if not f then
    error(err)
  end
  local library = f:getattr("conf.pmi_library_path")
  if library and library ~= "" then
    shell.setenv("I_MPI_PMI_LIBRARY", library)
  end
end
