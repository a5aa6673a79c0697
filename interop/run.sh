#!/bin/sh
# Runs the end-to-end check by the reference: finds Python, makes interop/.venv where there is none, starts check.py.
# INTEROP_PYTHON names a Python that has the packages of requirements.txt already. Without arguments it checks ../stsw.
# Where Python, pip or the network is missing it says SKIPPED and succeeds, unless CI=true.
set -u
cd "$(dirname "$0")" || exit 2

skip() {
    echo "SKIPPED: all of interop, $1"
    [ "${CI:-}" = true ] && exit 1
    exit 0
}

python=${INTEROP_PYTHON:-.venv/bin/python}
if [ -z "${INTEROP_PYTHON:-}" ] && [ ! -x "$python" ]; then
    base=$(command -v python3) || skip "there is no python3"
    "$base" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || skip "$base is older than Python 3.10"
    "$base" -m venv .venv || { rm -rf .venv; skip "python3 -m venv failed"; }
fi
if [ -z "${INTEROP_PYTHON:-}" ] && ! cmp -s requirements.txt .venv/installed; then
    "$python" -m pip install --quiet --disable-pip-version-check -r requirements.txt ||
        skip "pip could not install requirements.txt"
    cp requirements.txt .venv/installed
fi
[ $# -eq 0 ] && set -- --stsw ../stsw
exec "$python" check.py "$@"
