-- -o mpi=openmpi[@VERSION]: what every job gets (lua.d/openmpi.lua) serves Open MPI before 5. Later ones speak PMIx only, and each task would be rank 0 of 1.

local _, version = shell.getopt_with_version("mpi")
local major = tonumber((version or ""):match("^v?(%d+)"))
if major and major >= 5 then
  shell.die("mpi=openmpi@" .. version .. ": Open MPI 5 needs PMIx, which the shell does not offer; start it by its mpirun, inside a job")
end
