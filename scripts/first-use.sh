#!/bin/bash -p
# first-use.sh HOME: installs the packages and builds dist/, for the `flux` launcher. One process does it, others that come meanwhile wait.
# Says what it does on stderr; the log is kept in .cache/first-use.log, and shown if something fails.

home=$1
log=$home/.cache/first-use.log
stamp=$home/dist/.built

say() { echo "flux: $*" >&2; }
fail() {
  say "$*"
  exit 1
}
done_already() { [ "$stamp" -nt "$home/package-lock.json" ]; }

install_and_build() {
  cd "$home" || return
  if ! sh scripts/install-packages.sh --check; then
    say "first use: installing packages (a minute or two; log: $log)"
    sh scripts/install-packages.sh --locked >>"$log" 2>&1 || return
  fi
  say "building"
  node scripts/build.mjs --dist-only --quiet >>"$log" 2>&1 && touch "$stamp"
}

. "$home/scripts/node.sh"
unset $_flux_node_variables
command -v node >/dev/null 2>&1 || fail 'node (version 20.15 or later) is needed, and is not in PATH'
node -e 'process.exit(((v) => v[0] < 20 || (v[0] == 20 && v[1] < 15))(process.versions.node.split(".")) ? 1 : 0)' || fail "node $(node -v) is too old: version 20.15 or later is needed"
mkdir -p "$home/.cache" || exit 1

. "$home/scripts/lock.sh"
take_lock "$home/.cache/install.lock" || exit 1
trap 'say "interrupted: the next start installs again what is missing"; exit 130' INT
trap 'exit 143' TERM HUP

done_already && exit 0
: >"$log"
if ! install_and_build; then
  # what our own scripts found out is all there is to say
  grep '^flux:' "$log" >&2 || tail -n 40 "$log" >&2
  fail "installation failed; the whole log is in $log"
fi
