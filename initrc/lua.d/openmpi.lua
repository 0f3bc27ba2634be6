-- Open MPI 4. A program that is started as a task has to take the component `flux`, which loads our PMI library; mpirun has to take another one, as it
-- dies with that (4.1: it calls a function that the component lacks). The component answers wherever FLUX_JOB_ID is set, and both read the same variables.
-- But mpirun gives the parameter `pmix` a value of its own unless the environment has one, and that wins over a file. So the file names the component, and
-- its priority is below that of mpirun's.

if shell.options.mpi == "none" then
  return
end

local prefix = "OMPI_MCA_"
for _, name in ipairs { "pmix", "schizo" } do
  -- as an enclosing instance of flux-core sets them: with them, mpirun knows none of its options
  if shell.getenv(prefix .. name) == "flux" then
    shell.unsetenv(prefix .. name)
  end
end
shell.setenv(prefix .. "pmix_flux_priority", 1)

local files, file = prefix .. "mca_base_envar_file_prefix", shell.rcpath .. "/lua.d/openmpi.conf"
local given = shell.getenv(files)
if not given or given == "" then
  shell.setenv(files, file)
elseif not ("," .. given .. ","):find("," .. file .. ",", 1, true) then
  shell.setenv(files, given .. "," .. file)
end

plugin.register {
  name = "openmpi",
  handlers = {
    {
      topic = "shell.init",
      fn = function()
        -- the job's own directory for shared memory
        local tmpdir = shell.getenv("FLUX_JOB_TMPDIR")
        if tmpdir then
          shell.setenv(prefix .. "btl_vader_backing_directory", tmpdir)
        end
      end,
    },
  },
}
