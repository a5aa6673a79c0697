#!/bin/sh
# Runs stsw side by side with its peers and with the limits of the machine, and writes docs/benchmarks.md.
#
#   benchmarks/run.sh [--size 2GB] [--rounds 5] [--dir FOLDER] [--python PYTHON] [--peers all|none|NAME,…] [--only GROUP,…]
#   benchmarks/run.sh --quick
#
# Peers: python (the reference, and NumPy), pystsw (the Python stsw), rust (the reference's crate), djl and jlama (on the
# JVM). pip, cargo and Maven get them, 0.6 GB with what they unpack; one that cannot be had is skipped with a line that says
# so. PYTHON is one that has torch and safetensors; without it, that of interop/run.sh is made and used.
# --quick, a minute at 200 MB and one round, takes no peers unless it is told to: it sees that all of ours runs, and that the
# report, in benchmarks/target/quick.md, has all of its figures.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

quick= python= peers= previous=
for argument; do
  case $argument in
  --quick) quick=yes ;;
  --python | --python=*) python=given ;;
  --peers=*) peers=${argument#*=} ;;
  esac
  [ "$previous" != --peers ] || peers=$argument
  previous=$argument
done
if [ -n "$quick" ] && [ -z "$peers" ]; then
  peers=none
  set -- "$@" --peers none
fi
case ${peers:-all} in
all | *py*) ;;
*) python=unwanted ;;
esac
if [ -z "$python" ]; then
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
