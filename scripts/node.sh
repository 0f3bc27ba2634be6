# node.sh: _flux_node FILE ARGS… replaces the shell by Node. Sourced by what users start of an installation: `flux` and libexec/flux-NAME.
#
# The shell is bash -p, since that hands the environment on as it is. Others drop what can't be a variable of theirs: `a.b`, and the functions
# that bash exports, as `module` of environment modules. It is started without LC_ALL, about which it would complain where the locale is not
# installed. All names here begin with _flux_: one that a user exports would be changed otherwise.
#
# What changes how Node itself runs is put aside where the user's environment sets it, and put back by run.js: it is meant for the programs
# that jobs run (docs/decisions.md; core/sys/node-variables.ts has the same list). What bash takes for its own is put back, too.
# --inspect-port: on SIGUSR1 Node opens its debugger for all users of the machine, unless it can't listen, and nobody can on a multicast
# address. run.js, as soon as it runs, gives the signal the meaning back that it has for other programs.
# `--`: node looks for its own --env-file among the arguments of the script too.

_flux_node_variables='NODE_OPTIONS NODE_V8_COVERAGE NODE_DEBUG NODE_DEBUG_NATIVE NODE_PENDING_DEPRECATION NODE_REDIRECT_WARNINGS'
_flux_shell_variables='SHLVL SHELLOPTS BASHOPTS IFS PS4 OPTIND OPTERR'

_flux_node() {
  [[ $_flux_lc_all ]] && { export LC_ALL=$_flux_lc_all; } 2>/dev/null
  unset -v _flux_lc_all FLUX_PUT_ASIDE
  case ${NODE_OPTIONS+x}${NODE_V8_COVERAGE+x}${NODE_DEBUG+x}${NODE_DEBUG_NATIVE+x}${NODE_PENDING_DEPRECATION+x}${NODE_REDIRECT_WARNINGS+x} in
    x*) _flux_put_node_variables_aside ;;
  esac
  # A shell without SHLVL begins with 1, and hands 0 on. Of the others, those that were in the environment are marked as exported.
  case $SHLVL${SHELLOPTS@a}${BASHOPTS@a}${IFS@a}${PS4@a}${OPTIND@a}${OPTERR@a} in
    1* | *x*) _flux_put_shell_variables_aside ;;
  esac
  # A standard stream that is closed is where bash opens the script, and leaves it.
  [[ /dev/fd/0 -ef $0 ]] && exec </dev/null
  [[ /dev/fd/1 -ef $0 ]] && exec >/dev/null
  [[ /dev/fd/2 -ef $0 ]] && exec 2>/dev/null
  exec node '--inspect-port=[ff00::]:1024' -- "$@"
}

_flux_put_node_variables_aside() {
  for _flux_name in $_flux_node_variables; do
    if [[ -v $_flux_name ]]; then
      export FLUX_PUT_ASIDE+=" $_flux_name" "FLUX_ASIDE_$_flux_name=${!_flux_name}"
      unset -v "$_flux_name"
    fi
  done
}

# One without a value was not there.
_flux_put_shell_variables_aside() {
  export FLUX_PUT_ASIDE+=" $_flux_shell_variables"
  while IFS= read -r -d '' _flux_entry; do
    case " $_flux_shell_variables " in
      *" ${_flux_entry%%=*} "*) export "FLUX_ASIDE_$_flux_entry" ;;
    esac
  done </proc/$$/environ
}
