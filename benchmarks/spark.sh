#!/usr/bin/env bash
# What Spark costs and gives: its applications on one and two executors beside plain stsw on the same files, bytes that queries
# read, memory, and the other data source for such files. Prints the section of docs/benchmarks.md.
#
#   benchmarks/spark.sh [MEGABYTES]
#
# MEGABYTES (1000) of files in $TMPDIR, and sparse files of 10 and 3 times as many. SAFETENSORS_SPARK names a checkout of
# https://github.com/SemyonSinchenko/safetensors-spark; without it, the script fetches one, and if it cannot, says so.
set -euo pipefail
cd "$(dirname "$0")/.."
megabytes=${1:-1000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 2' HUP INT TERM
load() { cut -d ' ' -f 1 /proc/loadavg; }

mvnw=(./mvnw -q -B -Pintegrations,quick,spark-demo)
"${mvnw[@]}" process-test-classes -pl integrations/spark -am -Dspark.main="dev.stsw.spark.Benchmark $folder/java.args"
./stsw --version >"$folder/version"
mapfile -t command <"$folder/java.args"
java=${command[0]}
at=$((${#command[@]} - 2)) # of the class path, before the class
export SPARK_HOME=$PWD/integrations/spark/target/quick/spark-home SPARK_SCALA_VERSION=2.13

# The other data source is not in Maven Central: from its sources, with the compiler of the same Scala.
rival=4b55429a
sources=${SAFETENSORS_SPARK:-$folder/rival}
if [ -z "${SAFETENSORS_SPARK:-}" ]; then
  git clone -q https://github.com/SemyonSinchenko/safetensors-spark "$sources" &&
    git -C "$sources" checkout -q $rival || echo "safetensors-spark cannot be fetched" >&2
fi
if [ -d "$sources/src/main" ]; then
  classpath=${command[at]}
  scala=$(tr ':' '\n' <<<"$classpath" | grep '/scala-library-2.13' | sed 's/.*scala-library-\(.*\)\.jar/\1/')
  # The compiler comes with Maven, as all else does.
  "${mvnw[@]}" -N org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact=org.scala-lang:scala-compiler:"$scala" -DoutputDirectory="$folder/scala" >&2
  mkdir "$folder/rival-classes"
  "$java" -cp "$folder/scala/*:$classpath" scala.tools.nsc.Main -nowarn -classpath "$classpath" -d "$folder/rival-classes" \
    $(find "$sources/src/main/scala" "$sources/src/main/scala-spark-4.1" -name '*.scala')
  command[at]=$classpath:$folder/rival-classes
fi

cat <<MARKDOWN
## On Apache Spark

\`benchmarks/spark.sh${1:+ $1}\`, $(date -u +%F), $(nproc) cores, load $(load) before it began. Spark 4.2.0, $("$java" -version 2>&1 |
  sed -n 's/openjdk version "\([^"]*\)".*/Java \1/p'), \`local-cluster\` (executors of one core and 512 MB, in processes of their
own), files in the page cache, medians of three rounds.
MARKDOWN
"${command[@]}" "$folder" "$megabytes" ./stsw
printf '\nLoad %s when it ended.\n' "$(load)"
