-- Open MPI: uses the components made for this system, and the job's own directory for shared memory.

shell.setenv("OMPI_MCA_pmix", "flux")
shell.setenv("OMPI_MCA_schizo", "flux")

plugin.register {
  name = "openmpi",
  handlers = {
    {
      topic = "shell.init",
      fn = function()
        local tmpdir = shell.getenv("FLUX_JOB_TMPDIR")
        if tmpdir then
          shell.setenv("OMPI_MCA_btl_vader_backing_directory", tmpdir)
        end
      end,
    },
  },
}
