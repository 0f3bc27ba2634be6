-- -o mpi=spectrum: IBM Spectrum MPI.

local posix = require("posix")
local install = "/opt/ibm/spectrum_mpi"

shell.env_strip("^PMIX_", "^OMPI_")

shell.setenv("OMPI_MCA_osc", "pt2pt")
shell.setenv("OMPI_MCA_pml", "yalla")
shell.setenv("OMPI_MCA_btl", "self")
shell.setenv("OMPI_MCA_coll_hcoll_enable", "0")

shell.prepend_path("LD_LIBRARY_PATH", install .. "/lib/pami_port")
-- The dynamic linker complains of a library that isn't there, for each process.
local hook = install .. "/lib/libpami_cudahook.so"
local file = io.open(hook)
if file then
  file:close()
  shell.prepend_path("LD_PRELOAD", hook)
end

plugin.register {
  name = "spectrum",
  handlers = {
    {
      topic = "task.init",
      fn = function()
        -- Spectrum MPI needs a soft limit of the stack
        posix.setrlimit("stack", 10485760)
        task.setenv("OMPI_COMM_WORLD_RANK", task.info.rank)
      end,
    },
  },
}
