#!/usr/bin/env bash
# What Spark costs and gives: the applications on one and two executors, and plain stsw on the same files. Prints the table of
# docs/benchmarks.md, and its memory. Usage: benchmarks/spark.sh [MEGABYTES], 1000 unless given.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
./mvnw -q -B -Pintegrations,spark-demo process-test-classes -pl integrations/spark -am -Dspotless.check.skip=true \
  -Dspark.main="dev.stsw.spark.Benchmark $folder ${1:-1000}" | grep '^|'
./stsw --version > /dev/null
took() {
  local start=$(date +%s.%N)
  "${@:2}" > /dev/null
  printf '| %s | %.1f s |\n' "$1" "$(echo "$(date +%s.%N) - $start" | bc)"
}
took "plain stsw verify, one process" ./stsw verify "$folder"/zoo/*/model.safetensors
