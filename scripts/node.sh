# node.sh: run_node FILE ARGS… replaces the shell by Node. Sourced by what users start of an installation: `flux` and libexec/flux-NAME.
#
# What changes how Node itself runs is put aside where the user's environment sets it, and put back by run.js: it is meant for the programs
# that jobs run (docs/decisions.md; core/sys/node-variables.ts has the same list).
# --inspect-port: on SIGUSR1 Node opens its debugger for all users of the machine, unless it can't listen, and nobody can on a multicast
# address. run.js, as soon as it runs, gives the signal the meaning back that it has for other programs.
# `--`: node looks for its own --env-file among the arguments of the script too.

node_variables='NODE_OPTIONS NODE_V8_COVERAGE NODE_DEBUG NODE_DEBUG_NATIVE NODE_PENDING_DEPRECATION NODE_REDIRECT_WARNINGS'

run_node() {
  case ${NODE_OPTIONS+x}${NODE_V8_COVERAGE+x}${NODE_DEBUG+x}${NODE_DEBUG_NATIVE+x}${NODE_PENDING_DEPRECATION+x}${NODE_REDIRECT_WARNINGS+x} in
  x*) put_node_variables_aside ;;
  esac
  exec node '--inspect-port=[ff00::]:1024' -- "$@"
}

put_node_variables_aside() {
  FLUX_PUT_ASIDE=
  for name in $node_variables; do
    if eval "[ \"\${$name+x}\" ]"; then
      eval "export FLUX_ASIDE_$name=\"\$$name\""
      unset "$name"
      FLUX_PUT_ASIDE="$FLUX_PUT_ASIDE $name"
    fi
  done
  export FLUX_PUT_ASIDE
}
