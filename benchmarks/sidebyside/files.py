"""Makes the files that are measured."""

import os
import shutil
import subprocess
import sys

from tools import HERE, ROOT


def files(folder, size, quick, wanted, found, skipped):
    """Their places; None for those that nobody needs, or that cannot be made."""
    place = {name: os.path.join(folder, f"{name}.safetensors") for name in ("model", "checked", "example", "warm_up", "warm_up_checked", "out")}
    place |= {name: None for name in ("million", "many", "f16", "shards", "checkpoint", "sparse_checkpoint", "sparse_checked")}
    example = os.path.join(ROOT, "examples", "tiny-transformer.pt")
    make("write_model", place["model"], size)
    make("write_model", place["warm_up"], 12 * 10**6)
    place["size"] = os.path.getsize(place["model"])
    make("write_model", place["out"], 32 * 10**6)
    convert(found["stsw"], place["out"], place["warm_up_checked"], "--crc32")
    os.remove(place["out"])
    convert(found["stsw"], example, place["example"], "--crc32")
    convert(found["stsw"], place["model"], place["checked"], "--crc32")
    if found["djl"] and {"write", "load"} & wanted:
        place["f16"] = make("write_as_f16", os.path.join(folder, "f16.safetensors"), place["model"])
    if "copy" in wanted:
        place["shards"] = os.path.join(folder, "shards")
        convert(found["stsw"], place["model"], place["shards"], "--max-shard-size", f"{-(-size // 4)}B")
    if "million" in wanted:
        place["million"] = make("write_many_tensors", os.path.join(folder, "million"), 50_000 if quick else 1_000_000)
    if "many" in wanted:
        place["many"] = make("write_many_files", os.path.join(folder, "many"), 500 if quick else 10_000)
    if "convert" in wanted:
        place["checkpoint"] = checkpoint(folder, place["model"], found["python"]) or example
    if "sparse" in wanted:
        sparse(folder, quick, place, found["python"], skipped)
    return place


def checkpoint(folder, model, python):
    """Of the model; only torch can make one."""
    path = os.path.join(folder, "model.pt")
    return python and by_python(path, [*python, "make-checkpoint", model, path])


def sparse(folder, quick, place, python, skipped):
    if shutil.disk_usage(folder).free < 12 * 10**9:
        skipped("memory at larger sizes: less than 12 GB are free")
        return
    place["sparse_checked"] = make("write_sparse_checked", os.path.join(folder, "sparse.safetensors"), (1 if quick else 20) * 10**9)
    path = os.path.join(folder, "sparse.pt")
    place["sparse_checkpoint"] = python and by_python(path, [*python, "make-sparse-checkpoint", path, str(9 * 10**9)])


def by_python(path, command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path


def make(function, path, what):
    """In a process of its own: what the runner has in memory counts as that of the programs that it starts."""
    subprocess.run([sys.executable, os.path.join(HERE, "model.py"), function, path, str(what)], check=True)
    return path


def convert(stsw, source, target, *options):
    subprocess.run([stsw, "convert", source, target, *options], check=True, stdout=subprocess.DEVNULL)
