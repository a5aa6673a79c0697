#!/usr/bin/env python3
"""Measures `stats` and `diff` beside their peers and the memory's read speed, and prints the table of docs/benchmarks/look.md.

    PYTHON benchmarks/look.py --stsw ./stsw --python PYTHON [--sft SFT] [--dir FOLDER] [--size 2GB] [--rounds 3]

PYTHON has torch and safetensors; SFT is PyPI's sft-cli 0.2.2. Medians of rounds in turn; processor time and memory are those
of the whole process and its children. The files are in the page cache.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import struct
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHAPE = (2048, 2560)

TORCH_STATS = """
import sys
from safetensors.torch import load_file
for name, t in load_file(sys.argv[1]).items():
    d = t.double()
    print(name, d.min().item(), d.max().item(), d.mean().item(), d.std(correction=0).item(), d.norm().item(),
          (t == 0).sum().item(), t.isnan().sum().item(), t.isinf().sum().item())
"""
NUMPY_STATS = """
import sys, numpy
from safetensors import safe_open
with safe_open(sys.argv[1], "np") as file:
    for name in file.keys():
        t = file.get_tensor(name)
        d = t.astype(numpy.float64)
        print(name, d.min(), d.max(), d.mean(), d.std(), numpy.linalg.norm(d), (t == 0).sum(),
              numpy.isnan(t).sum(), numpy.isinf(t).sum())
"""
TORCH_DIFF = """
import sys
from safetensors.torch import load_file
a, b = load_file(sys.argv[1]), load_file(sys.argv[2])
for name in a:
    x, y = a[name].double(), b[name].double()
    d = y - x
    print(name, d.abs().max().item(), d.abs().mean().item(), d.norm().item(), (d.norm() / x.norm()).item())
"""


def model(path: Path, dtype: str, size: int, seed: int) -> None:
    """Normal weights, as they are in models."""
    import numpy

    width = {"F32": 4, "BF16": 2}[dtype]
    each = SHAPE[0] * SHAPE[1] * width
    count = size // each
    header = {
        f"model.layers.{i // 4}.{i % 4}.weight": {
            "dtype": dtype,
            "shape": SHAPE,
            "data_offsets": [i * each, (i + 1) * each],
        }
        for i in range(count)
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    random = numpy.random.default_rng(seed)
    with path.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for _ in range(count):
            values = random.standard_normal(SHAPE, dtype=numpy.float32) * numpy.float32(0.02)
            raw = values if dtype == "F32" else (values.view(numpy.uint32) >> 16).astype(numpy.uint16)
            out.write(raw.tobytes())


def run(words: list[str]) -> tuple[float, float, int]:
    """Seconds, seconds of processors, bytes of the largest process."""
    start = time.monotonic()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) not in (0, 1):  # 1: they differ
        raise SystemExit(f"{' '.join(words)[:120]}: exit code {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def memory_speed(file: Path, folder: Path) -> float:
    """Bytes a second that all cores together read of a mapped file, each all of it."""
    program = folder / "limits"
    subprocess.run(["cc", "-O3", "-march=native", "-o", program, HERE / "sidebyside" / "limits.c"], check=True)
    cores = len(os.sched_getaffinity(0))
    readers = [
        subprocess.Popen([program, "touch", file, "3"], stdout=subprocess.PIPE, text=True) for _ in range(cores)
    ]
    seconds = [json.loads(reader.communicate()[0])["seconds"] for reader in readers]
    return sum(file.stat().st_size / one for one in seconds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stsw", default=str(HERE.parent / "stsw"))
    parser.add_argument("--python", required=True)
    parser.add_argument("--sft", default="")
    parser.add_argument("--dir", default=None)
    parser.add_argument("--size", default="2GB")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    size = int(float(options.size.removesuffix("GB")) * 1e9)
    with tempfile.TemporaryDirectory(dir=options.dir) as name:
        folder = Path(name)
        bf16, other, f32 = folder / "a.safetensors", folder / "b.safetensors", folder / "f32.safetensors"
        for path, dtype, seed in ((bf16, "BF16", 1), (other, "BF16", 2), (f32, "F32", 1)):
            # In a process of its own: children inherit the peak of their parent.
            maker = multiprocessing.get_context("spawn").Process(target=model, args=(path, dtype, size, seed))
            maker.start()
            maker.join()
        copy = folder / "copy.safetensors"
        shutil.copyfile(bf16, copy)
        python = [options.python, "-c"]
        cases = {
            "stats, BF16: stsw": [options.stsw, "stats", "--json", bf16],
            "stats, BF16: torch": [*python, TORCH_STATS, bf16],
            "stats, F32: stsw": [options.stsw, "stats", "--json", f32],
            "stats, F32: NumPy": [*python, NUMPY_STATS, f32],
            "diff, BF16, equal: stsw": [options.stsw, "diff", "--json", bf16, copy],
            "diff, BF16, all different: stsw": [options.stsw, "diff", "--json", bf16, other],
            "diff, BF16, all different: torch": [*python, TORCH_DIFF, bf16, other],
            "hash, BF16: stsw": [options.stsw, "hash", "--json", bf16],
        }
        if options.sft:
            cases["stats, BF16: sft"] = [options.sft, "stat", bf16]
            cases["diff, BF16, all different: sft"] = [options.sft, "diff", "--delta", bf16, other]
        found: dict[str, list[tuple[float, float, int]]] = {case: [] for case in cases}
        for round_ in range(options.rounds):
            for case, words in cases.items():
                if round_ == 0 or "sft" not in case:
                    found[case].append(run([str(word) for word in words]))
        speed = memory_speed(bf16, folder)
        print(f"Memory read by all cores together: {speed / 1e9:.1f} GB/s. Load average {os.getloadavg()[0]:.1f}.\n")
        print("| | seconds | processor seconds | GB/s of a processor | peak memory |\n|---|---|---|---|---|")
        for case in sorted(cases):
            seconds, processor, peak = (statistics.median(column) for column in zip(*found[case]))
            read = size * (2 if case.startswith("diff") else 1)
            print(
                f"| {case} | {seconds:.1f} | {processor:.1f} | {read / processor / 1e9:.2f} | {peak / 1e6:.0f} MB |"
            )


if __name__ == "__main__":
    main()
