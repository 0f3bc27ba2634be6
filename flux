#!/bin/sh
# flux(1): starts the installation in dist/. The first use installs the packages and builds; after that this costs one file test and one
# exec. Developers rebuild with `npm run build`.

self=$0
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in
    /*) self=$link ;;
    *) self=${self%/*}/$link ;;
  esac
done
case $self in
  */*) home=${self%/*} ;;
  *) home=. ;;
esac

if ! [ "$home/dist/.built" -nt "$home/package-lock.json" ]; then
  case $home in
    /*) ;;
    *) home=$(cd "$home" && pwd) || exit 1 ;;
  esac
  sh "$home/scripts/first-use.sh" "$home" || exit 1
fi

. "$home/scripts/node.sh"
run_node "$home/dist/run.js" "$@"
