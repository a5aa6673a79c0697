#!/bin/sh
# Runs stsw side by side with its peers and with the limits of the machine, and writes docs/benchmarks.md.
#
#   benchmarks/run.sh [--size 2GB] [--rounds 5] [--dir FOLDER] [--python PYTHON] [--only GROUP,…] [--quick]
#
# Peers are the reference (safetensors and torch), the Python stsw, NumPy and a C loop; one that is not there and cannot be
# installed is skipped with a line that says so. PYTHON is one that has torch and safetensors; without it, the one of
# interop/run.sh is made and used. --quick needs no peers: 200 MB, one round, only to see that everything runs.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

quick= python=
for argument; do
  case $argument in
  --quick) quick=yes ;;
  --python | --python=*) python=given ;;
  esac
done
if [ -z "$quick$python" ]; then
  venv=$here/../interop/.venv
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv" || :
  if ! cmp -s "$here/../interop/requirements.txt" "$venv/installed"; then
    if "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/../interop/requirements.txt"; then
      cp "$here/../interop/requirements.txt" "$venv/installed"
    fi
  fi
  set -- "$@" --python "$venv/bin/python"
fi

exec python3 "$here/sidebyside/run.py" "$@"
