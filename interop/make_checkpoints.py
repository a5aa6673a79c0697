"""Writes golden/torch/: checkpoints of every kind that torch writes or wrote, and torch.tsv with what they hold."""

import os
import sys

os.environ["ATEN_CPU_CAPABILITY"] = "default"
if (
    os.environ.get("PYTHONHASHSEED") != "0"
):  # torch.jit writes some things in the order of a set of strings.
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, *sys.argv])

import io
import shutil
import warnings
from pathlib import Path

import torch
from torch import nn

from checkpoints import all_cases
from common import GOLDEN, escape, write_table
from tensors import contiguous_bytes, described, same_view

FOLDER = GOLDEN / "torch"
UNLIKE = "torch-misreads", "torchscript-frozen"  # Whose state_dict() is empty.
KEYS = ("state_dict", "model", "module", "weights")


def flatten(thing, path: str = "", seen: tuple = ()) -> dict[str, torch.Tensor]:
    """Every tensor by its dotted path; a module counts as its state_dict."""
    if isinstance(thing, torch.Tensor):
        return {path: thing}
    if isinstance(thing, nn.Module):
        thing = thing.state_dict()
    if isinstance(thing, dict):
        children = list(thing.items())
    elif isinstance(thing, list | tuple):
        children = list(enumerate(thing))
    elif hasattr(thing, "__dict__") and not isinstance(thing, type):
        children = list(vars(thing).items())
    else:
        return {}
    found = {}
    for key, child in children:
        if isinstance(key, str | int) and not any(child is above for above in seen):
            found |= flatten(child, f"{path}.{key}" if path else str(key), (*seen, thing))
    return found


def chosen_key(thing) -> str:
    """The first of the usual keys that holds tensors; else the only dict of tensors, if it is no part of the names."""
    if not isinstance(thing, dict):
        return ""
    for key in KEYS:
        if isinstance(thing.get(key), dict | nn.Module) and flatten(thing[key]):
            return key
    holders = [(key, value) for key, value in thing.items() if flatten(value)]
    if len(holders) == 1 and isinstance(holders[0][1], dict):
        key, value = holders[0]
        if len(thing) > 1 or any(isinstance(child, torch.Tensor) for child in value.values()):
            return str(key)
    return ""


def under(thing, key: str):
    """What lies under a dotted path; the keys of these files have no dots. Without a path: all but training's own."""
    if key:
        for name in key.split("."):
            thing = thing[int(name) if isinstance(thing, list | tuple) else name]
    elif isinstance(thing, dict):
        return {k: v for k, v in thing.items() if "optim" not in str(k) and k != "rng_state"}
    return thing


def loaded(raw: bytes, path: Path):
    """How torch reads the file, if at all: (mode, object)."""
    for mode in ("weights_only", "full"):
        try:
            return mode, torch.load(path, weights_only=mode == "weights_only")
        except Exception:
            continue
    try:
        return "jit", torch.jit.load(io.BytesIO(raw))
    except Exception:
        return "no", None


def rows_of(path: Path, original, refusal: str | None, key: str | None) -> list[tuple]:
    """What the file must yield: what was saved, and torch's own reading of it must agree where torch can read it."""
    mode, found = loaded(path.read_bytes(), path)
    if refusal:
        return [(path.name, "file", "refuse", mode, "", refusal)]
    if key is None:
        key = chosen_key(original)
    tensors = flatten(under(original, key))
    if found is not None and not path.name.startswith(UNLIKE):
        assert described_all(flatten(under(found, key))) == described_all(tensors), path.name
    rows = [(path.name, "file", "accept", mode, escape(key), "")]
    names = list(tensors)
    for name, tensor in tensors.items():
        twin = next(other for other in names if other == name or same_view(tensors[other], tensor))
        shown = "*" if isinstance(original, torch.Tensor) else escape(name)
        row = path.name, "tensor", shown, *described(tensor)
        rows.append((*row, "" if twin == name else escape(twin)))
    return rows


def widened(name: str, tensor: torch.Tensor) -> dict[str, torch.Tensor]:
    """What safetensors has a form for: codes with scale and zero point, or numbers of half the size."""
    if tensor.dtype == torch.complex128:
        return {name: tensor.to(torch.complex64)}
    if not tensor.is_quantized:
        return {name: tensor}
    if tensor.qscheme() in (torch.per_tensor_affine, torch.per_tensor_symmetric):
        scale = torch.tensor(tensor.q_scale(), dtype=torch.float64)
        zero_point = torch.tensor(tensor.q_zero_point())
    else:
        shape = [1] * tensor.dim()
        shape[tensor.q_per_channel_axis()] = -1
        scale = tensor.q_per_channel_scales().reshape(shape)
        zero_point = tensor.q_per_channel_zero_points().reshape(shape)
    values = (tensor.int_repr().double() - zero_point.double()) * scale.double()
    assert torch.allclose(values.float(), tensor.dequantize(), rtol=1e-6), name
    return {name: tensor.int_repr(), name + "_scale": scale, name + "_zero_point": zero_point}


def rows_of_widened(path: Path, original) -> list[tuple]:
    rows = []
    for name, tensor in flatten(under(original, chosen_key(original))).items():
        for part, plain in widened(name, tensor).items():
            rows.append((path.name, escape(part), *described(plain)))
    return rows


def described_all(tensors: dict[str, torch.Tensor]) -> list:
    return [
        (name, tensor.dtype, tuple(tensor.shape), contiguous_bytes(tensor))
        for name, tensor in tensors.items()
    ]


def main() -> None:
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    rows, wide = [], []
    for name, original, write, refusal, key in all_cases():
        path = FOLDER / name
        write(path, original)
        rows += rows_of(path, original, refusal, key)
        if name.startswith(("refuse-quantized", "refuse-complex128")):
            wide += rows_of_widened(path, original)
    version = torch.__version__.split("+")[0]
    comments = [
        f"torch {version}, made by make_checkpoints.py",
        "FILE file accept|refuse how-torch-loads-it(weights_only|full|jit|no) key-that-holds-the-tensors reason-to-refuse",
        "FILE tensor name dtype shape sha256-of-the-contiguous-bytes the-tensor-whose-elements-it-shares",
    ]
    write_table(FOLDER / "torch.tsv", comments, rows)
    comments = [
        f"torch {version}, made by make_checkpoints.py: what --widen makes of files that are refused",
        "FILE name dtype shape sha256-of-the-contiguous-bytes",
    ]
    write_table(FOLDER / "widened.tsv", comments, wide)
    files = [row for row in rows if row[1] == "file"]
    print(
        f"{len(files)} files, {sum(row[2] == 'refuse' for row in files)} to refuse", file=sys.stderr
    )


if __name__ == "__main__":
    main()
