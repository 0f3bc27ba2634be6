# lock.sh: take_lock FILE waits until no other process has FILE locked, and holds it for the rest of this script. Sourced by what installs and
# builds. The lock is the kernel's, on descriptor 9: it is gone with the last process that has that open. A package that is still compiled when
# this script is killed keeps it, as nobody else must install meanwhile.

take_lock() {
  exec 9>"$1" || return
  flock -n 9 && return
  echo 'flux: waiting for another process that installs' >&2
  flock 9
}
