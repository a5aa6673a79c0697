"""Typed access, measured by JMH: single operations, in a warm virtual machine, on 4 million elements."""

import json
import os
import subprocess

from tools import ROOT, TARGET

WIDTH = {"F32": 4, "BF16": 2, "F16": 2, "F8_E4M3": 1}
ELEMENTS = 2048 * 2048
# Operation, the part of the elements that it handles, and what it is.
OPERATIONS = [
    ("widen", 1, "`toFloatArray`"),
    ("widenRows", 1 / 4, "`toFloatArray` of a quarter of the rows"),
    ("widenColumns", 1 / 4, "`toFloatArray` of a quarter of the columns"),
    ("narrow", 1, "`Tensor.of(dtype, float[], …)`"),
    ("elements", 1 / 64, "`getFloat`, one by one"),
]


def micro(java, skipped):
    """Microseconds by operation and dtype; empty if JMH cannot be had."""
    build = [os.path.join(ROOT, "mvnw"), "-q", "-B", "-f", os.path.join(ROOT, "pom.xml"), "-Pbenchmarks,quick", "package", "-pl", "benchmarks", "-am"]
    built = subprocess.run(build, capture_output=True, text=True)
    if built.returncode != 0:
        skipped("typed access: Maven could not get or build JMH")
        return {}
    results = os.path.join(TARGET, "micro.json")
    short = ["-wi", "3", "-w", "300ms", "-i", "3", "-r", "300ms", "-foe", "true", "-v", "SILENT"]
    program = [java, "--sun-misc-unsafe-memory-access=allow", "-Djmh.ignoreLock=true", "-jar", os.path.join(TARGET, "benchmarks.jar")]
    subprocess.run([*program, "(TensorBenchmark|CopyBenchmark)", *short, "-rf", "json", "-rff", results], check=True)
    with open(results) as file:
        return {key(entry): entry["primaryMetric"]["score"] for entry in json.load(file)}


def key(entry):
    """As `widen BF16`, or `copy` without a dtype."""
    return " ".join([entry["benchmark"].rsplit(".", 1)[1], *entry.get("params", {}).values()])


def table(scores):
    lines = ["| billion elements a second | " + " | ".join(WIDTH) + " |", "|---|" + "---|" * len(WIDTH)]
    for name, part, label in OPERATIONS:
        if all(f"{name} {dtype}" in scores for dtype in WIDTH):
            lines.append(f"| {label} | " + " | ".join(f"{part * ELEMENTS / scores[f'{name} {dtype}'] / 1e3:.2f}" for dtype in WIDTH) + " |")
    if "copy" in scores:
        lines.append(f"| for comparison: `float[].clone()` | {ELEMENTS / scores['copy'] / 1e3:.2f} | | | |")
    return "\n".join(lines)
