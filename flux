#!/usr/bin/env -S -u LC_ALL _flux_lc_all=${LC_ALL} /bin/bash -p
# flux(1): starts the installation in dist/. The first use installs the packages and builds; after that this costs one file test and one
# exec. Developers rebuild with `npm run build`. Why bash, and why the names: scripts/node.sh.

_flux_self=$0
while [[ -h $_flux_self ]]; do
  _flux_link=$(readlink "$_flux_self")
  case $_flux_link in
    /*) _flux_self=$_flux_link ;;
    *) _flux_self=${_flux_self%/*}/$_flux_link ;;
  esac
done
case $_flux_self in
  */*) _flux_home=${_flux_self%/*} ;;
  *) _flux_home=. ;;
esac

if ! [[ $_flux_home/dist/.built -nt $_flux_home/package-lock.json ]]; then
  case $_flux_home in
    /*) ;;
    *) _flux_home=$(cd "$_flux_home" && pwd) || exit 1 ;;
  esac
  /bin/bash -p "$_flux_home/scripts/first-use.sh" "$_flux_home" || exit 1
fi

. "$_flux_home/scripts/node.sh"
_flux_node "$_flux_home/dist/run.js" "$@"
