"""The peers' side, one run a process: prints the seconds of the work itself, without imports and preparation.

Runs with a Python that has torch and safetensors, and, on PYTHONPATH, the Python stsw.
"""

import json
import os
import sys
import time


def sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def resident(model):
    """All tensors, copied into memory of their own: loaded ones are mapped."""
    from safetensors.torch import load_file

    return {name: tensor.clone() for name, tensor in load_file(model).items()}


def save_torch(model, out, durable=""):
    from safetensors.torch import save_file

    tensors = resident(model)
    start = time.perf_counter()
    save_file(tensors, out)
    if durable:
        sync(out)
    return time.perf_counter() - start


def save_numpy(model, out):
    """NumPy has no BF16: the same bytes as I16."""
    import torch
    from safetensors.numpy import save_file

    tensors = {
        name: (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy()
        for name, tensor in resident(model).items()
    }
    start = time.perf_counter()
    save_file(tensors, out)
    return time.perf_counter() - start


def save_stsw(model, out):
    """Without checksums: with them, it fails at the end for more than a few tensors."""
    import torch
    from stsw import StreamWriter
    from stsw._core.meta import build_aligned_offsets

    tensors = {name: tensor.view(torch.uint8).numpy().reshape(-1) for name, tensor in resident(model).items()}
    metas = build_aligned_offsets([(name, "I8", bytes.shape, bytes.nbytes) for name, bytes in tensors.items()], align=64)
    block = 4 << 20
    start = time.perf_counter()
    with StreamWriter.open(out, metas, crc32=False, buffer_size=block) as writer:
        for name, bytes in tensors.items():
            view = memoryview(bytes)
            for at in range(0, len(view), block):
                writer.write_block(name, view[at : at + block])
            writer.finalize_tensor(name)
    return time.perf_counter() - start


def convert(checkpoint, out, mapped=""):
    import torch
    from safetensors.torch import save_file

    start = time.perf_counter()
    tensors = torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=bool(mapped))["state_dict"]
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, out)
    return time.perf_counter() - start


def rename(model, out):
    """A safetensors file under other names, as a script would do it."""
    from safetensors.torch import load_file, save_file

    start = time.perf_counter()
    save_file({name.removeprefix("model."): tensor for name, tensor in load_file(model).items()}, out)
    return time.perf_counter() - start


def load(model):
    import safetensors.torch  # not measured

    start = time.perf_counter()
    assert len(resident(model)) > 0
    return time.perf_counter() - start


def touch(model, passes):
    import numpy

    for _ in range(int(passes)):
        start = time.perf_counter()
        if "words" not in locals():
            words = numpy.memmap(model, numpy.uint8, "r")
            words = words[: len(words) // 8 * 8].view(numpy.uint64)
        words.sum()
        seconds = time.perf_counter() - start
    return seconds


def open_file(*paths):
    from safetensors import safe_open

    start = time.perf_counter()
    for path in paths:
        with safe_open(path, "np") as file:
            assert len(file.keys()) > 0
    return time.perf_counter() - start


def open_all(folder):
    return open_file(*sorted(os.path.join(folder, name) for name in os.listdir(folder)))


def make_checkpoint(model, out):
    import torch

    torch.save({"epoch": 1, "state_dict": resident(model)}, out)
    sync(out)
    return 0


def make_sparse_checkpoint(out, size):
    """Storages that nobody touched, and that are not written: a file that is a hole, as zip64."""
    import torch
    from torch.serialization import skip_data

    rows = int(size) // 100 // 2 // 4096
    tensors = {f"model.layers.{i}.weight": torch.empty(rows, 4096, dtype=torch.bfloat16) for i in range(100)}
    with skip_data():
        torch.save({"state_dict": tensors}, out)
    return 0


if __name__ == "__main__":
    print(json.dumps({"seconds": globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])}))
