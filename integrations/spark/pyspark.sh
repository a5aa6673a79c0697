#!/usr/bin/env bash
# Tries the jar with PySpark, in a virtual environment of its own: pyspark.sh STSW_SPARK_ALL_JAR. Another Python that has
# PySpark can be named in PYSPARK_CHECK_PYTHON. Downloads 430 MB when it is run first.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYSPARK_CHECK_PYTHON:-}
if [ -z "$python" ]; then
  python=target/pyspark/bin/python
  [ -x "$python" ] || python3 -m venv target/pyspark
  "$python" -m pip install --quiet --disable-pip-version-check pyspark==4.2.0
fi
exec timeout 180 "$python" pyspark_check.py "$1"
