#!/usr/bin/env bash
# Shows the applications on a small zoo, in a Spark of its own. Downloads Spark from Maven Central when it is run first.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec ./mvnw -q -B -Pintegrations,quick,spark-demo process-test-classes -pl integrations/spark -am
