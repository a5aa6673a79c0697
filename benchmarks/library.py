#!/usr/bin/env python3
"""What programs do with the library, in one run, as ratios: rows, models of several files, writing without waiting for the disk,
and what a conversion, a verification and a load of one file take one after the other.

    benchmarks/library.py [--dir FOLDER] [--python PYTHON] [--rounds 5] [--rows 2000000]

Prints the lines of the table that docs/benchmarks.md has of it. PYTHON is one that has torch and safetensors.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "sidebyside"))

from tools import ROOT, Skipped, find_java, ours  # noqa: E402

COLUMNS = 384
READS = 1_000_000

SAVE = """
import sys, time, torch
from safetensors.torch import load_file, save_file
tensors = {name: tensor.clone() for name, tensor in load_file(sys.argv[1]).items()}
start = time.perf_counter()
save_file(tensors, sys.argv[2])
print(time.perf_counter() - start)
"""
SLICE = """
import random, sys, time
from safetensors import safe_open
with safe_open(sys.argv[1], "np") as file:
    rows = file.get_slice("embeddings")
    count = rows.get_shape()[0]
    start = time.perf_counter()
    for _ in range(int(sys.argv[2])):
        i = random.randrange(count)
        rows[i : i + 1]
    print(time.perf_counter() - start)
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", default=None)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=2_000_000)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="stsw-library-", dir=options.dir)
    try:
        Runs(folder, options).all()
    finally:
        shutil.rmtree(folder)


class Runs:
    def __init__(self, folder, options):
        self.folder = folder
        self.options = options
        self.java = ours(find_java(), Skipped())["java"]

    def all(self):
        size = 4 * COLUMNS * self.options.rows
        rows = self.path("rows.safetensors")
        ours, disk = self.paired(
            lambda: self.inside("rows-write", rows, self.options.rows, COLUMNS),
            lambda: self.timed("dd", "if=/dev/zero", f"of={self.path('dd')}", "bs=4M", f"count={size >> 22}", "conv=fsync"),
        )
        os.remove(self.path("dd"))
        print(f"| write {self.options.rows:,} rows of {COLUMNS} floats, durably | {1e9 * ours / self.options.rows:.0f} ns a row, {size / ours / 1e9:.2f} GB/s | `dd conv=fsync` {size / disk / 1e9:.2f} GB/s | {disk / ours:.2f} |")

        reads = READS // 50
        ours, theirs = self.paired(
            lambda: self.inside("rows-read", rows, READS),
            lambda: self.python(SLICE, rows, reads),
        )
        print(f"| `readRow` of {READS:,} random rows | {1e9 * ours / READS:.0f} ns a row | the reference's `get_slice` {1e9 * theirs / reads:.0f} ns | {theirs / reads / (ours / READS):.0f} |")
        os.remove(rows)

        model = self.path("model.safetensors")
        self.make_model(model)
        shards = self.path("shards")
        self.timed(os.path.join(ROOT, "stsw"), "split", model, shards, "--max-shard-size", "500MB")
        ours, theirs = self.paired(lambda: self.inside("model", shards), lambda: self.inside("readers", shards))
        print(f"| `Model` of {len(os.listdir(shards)) - 1} shards, every tensor asked for | {1e3 * ours:.2f} ms | as many readers by hand {1e3 * theirs:.2f} ms | {theirs / ours:.2f} |")

        bytes_ = os.path.getsize(model)
        out = self.path("out.safetensors")
        self.compare("write from memory, `withDurable(false)`", bytes_, lambda: self.inside("write", model, out, "nosync", "memory"), "`save_file`", lambda: self.python(SAVE, model, out))
        self.compare("convert --no-sync", bytes_, lambda: self.timed(os.path.join(ROOT, "stsw"), "convert", model, out, "--no-sync"), "`cp`", lambda: self.timed("cp", model, out))
        for flag in ([], ["--no-sync"]):
            os.path.exists(out) and os.remove(out)
            steps = [
                self.timed(os.path.join(ROOT, "stsw"), "convert", model, out, "--crc32", *flag),
                self.timed(os.path.join(ROOT, "stsw"), "verify", out),
                self.inside("load", out, "native"),
            ]
            print(f"| `convert --crc32 {' '.join(flag)}`, then `verify`, then a load | " + " + ".join(f"{step:.2f}" for step in steps) + f" s = {sum(steps):.2f} s | | |")

    def compare(self, what, size, ours, name, theirs):
        mine, other = self.paired(ours, theirs)
        print(f"| {what} | {size / mine / 1e9:.2f} GB/s | {name} {size / other / 1e9:.2f} GB/s | {other / mine:.2f} |")

    def paired(self, *runs):
        """The median of each; one after the other in each round, so that a busy moment meets all of them."""
        found = [[run() for run in runs] for _ in range(self.options.rounds)]
        return [statistics.median(column) for column in zip(*found)]

    def path(self, name):
        return os.path.join(self.folder, name)

    def inside(self, *args):
        command = [*self.java, *map(str, args)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["seconds"]

    def python(self, program, *args):
        done = subprocess.run([self.options.python, "-c", program, *map(str, args)], check=True, capture_output=True, text=True)
        return float(done.stdout)

    def timed(self, *command):
        start = time.perf_counter()
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
        return time.perf_counter() - start

    def make_model(self, path):
        self.python(
            "import sys, torch\nfrom safetensors.torch import save_file\n"
            "save_file({f'layers.{i}.weight': torch.randn(4096, 1250) for i in range(98)}, sys.argv[1])\nprint(0)",
            path,
        )


if __name__ == "__main__":
    main()
