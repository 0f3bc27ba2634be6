#!/bin/sh
# install-packages.sh [--check | --locked]: installs what package-lock.json names into node_modules, unless that is there. For the launcher and
# npm test. What was installed is known by the lock file's checksum: a checkout gives files new times, and packages take minutes to compile.
#
#   --check    only tells, by its exit status, whether it is there
#   --locked   the caller has the lock: of processes that come at once, one installs and the others wait
cd "$(dirname "$0")/.." || exit 1
stamp=node_modules/.flux-installed
wanted=$(cksum <package-lock.json) || exit 1
installed() { [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; }

installed && exit 0
[ "$1" = --check ] && exit 1
if [ "$1" != --locked ]; then
  . scripts/lock.sh
  mkdir -p .cache && take_lock .cache/install.lock || exit 1
  installed && exit 0
fi
rm -f "$stamp"

# Native packages are compiled against the headers that came with node itself, so that none are downloaded.
prefix=$(node -p 'require("node:path").resolve(fs.realpathSync(process.execPath), "../..")') || exit 1
if [ -f "$prefix/include/node/node.h" ]; then
  npm_config_nodedir=$prefix
  export npm_config_nodedir
fi

if ! npm ci --no-progress; then
  missing=
  for tool in python3 make g++; do command -v $tool >/dev/null 2>&1 || missing="$missing $tool"; done
  if [ -n "$missing" ]; then
    echo "flux: packages are compiled here, which takes python3, make and g++. Not in PATH:$missing" >&2
    exit 1
  fi
  # npm ci refuses a lock file that lacks the optional packages of other platforms, as npm writes it where a registry has none of them; npm
  # install takes what is locked, and the rest not at all.
  npm install --no-save --no-progress || exit 1
fi
echo "$wanted" >"$stamp"
