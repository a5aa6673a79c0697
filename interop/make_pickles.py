"""Writes golden/pickles/: arrays and tensors in pickles, and pickles.tsv with what must be read of them."""

import io
import itertools
import pickle
import re
import shutil
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from types import ModuleType

import ml_dtypes
import numpy as np
import torch
from torch import nn

from checkpoints.modules import write_script
from checkpoints.networks import networks
from common import GOLDEN, escape, join_shape, sha256, write_table
from legacy_streams import with_stable_keys
from tensors import described
from zips import Entry, archive

FOLDER = GOLDEN / "pickles"
SAFETENSORS = {
    "b1": "BOOL",
    "i1": "I8",
    "u1": "U8",
    "i2": "I16",
    "u2": "U16",
    "f2": "F16",
    "i4": "I32",
    "u4": "U32",
    "f4": "F32",
    "i8": "I64",
    "u8": "U64",
    "f8": "F64",
    "c8": "C64",
    "bfloat16": "BF16",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
    "float8_e4m3fnuz": "F8_E4M3FNUZ",
    "float8_e5m2fnuz": "F8_E5M2FNUZ",
    "float8_e8m0fnu": "F8_E8M0",
}
rng = np.random.default_rng(11)


def numbers(dtype: str, *shape: int) -> np.ndarray:
    """Any bits; of bool only 0 and 1."""
    if dtype == "b1":
        return rng.integers(0, 2, shape).astype("b1")
    kind = np.dtype(dtype)
    count = int(np.prod(shape, dtype=np.int64))
    return np.frombuffer(rng.bytes(count * kind.itemsize), kind).reshape(shape).copy()


def arrays() -> dict:
    cube = numbers("f4", 2, 3, 4)
    text = np.frombuffer(b"abc \\x41'\"\n\r\\u0041\x7f" * 3, "u1").copy()
    return {
        **{f"of {dtype}": numbers(dtype, 2, 3) for dtype in SAFETENSORS if len(dtype) == 2},
        "scalar": numbers("f4"),
        "empty": numbers("f4", 0, 3),
        "one": numbers("f8", 1),
        "fortran": np.asfortranarray(numbers("f8", 3, 5)),
        "fortran3": np.asfortranarray(numbers("i2", 3, 5, 2)),
        "transposed": cube.transpose(1, 0, 2),
        "strided": cube[:, ::2, 1:],
        "big": numbers("f4", 3, 2).astype(">f4"),
        "big-fortran": np.asfortranarray(numbers("i8", 3, 2).astype(">i8")),
        "big-complex": numbers("c8", 3).astype(">c8"),
        "like text": text,
        "zeros": np.zeros(9, "u1"),
        "read-only": np.frombuffer(rng.bytes(12), "f4"),
        "kilobyte": numbers("f2", 1025),
        "long": np.tile(np.arange(256, dtype="u1"), 257),
        "long fortran": np.asfortranarray(np.tile(np.arange(64, dtype=">f4"), (20, 1))),
        "number": np.float32(2.5),
        "flag": np.bool_(True),
        "big number": np.array([7], ">i8")[0],
        "matrix": np.asmatrix(numbers("f4", 2, 2)),
    }


def foreign() -> dict:
    """What safetensors has no form for, and nobody takes for a tensor."""
    return {
        "texts": np.array(["a", "bc"]),
        "bytes": np.array([b"a", b"bc"]),
        "objects": np.array([{}, None], dtype=object),
        "dates": np.zeros(2, "M8[ns]"),
        "times": np.zeros(2, "m8[s]"),
        "records": np.zeros(2, [("a", "<f4"), ("b", "<i4")]),
        "long doubles": np.zeros(2, np.longdouble),
        "raw": np.zeros(2, "V3"),
        "date": np.datetime64("2026-01-01"),
        "text": np.str_("x"),
    }


class Python2(pickle._Pickler):
    """Writes byte strings as Python 2 does. Everything else is what Python 3 does in the same protocol."""

    dispatch = pickle._Pickler.dispatch.copy()

    def save_bytes(self, obj):
        if self.proto == 0:
            self.write(b"S" + repr(obj)[1:].encode("ascii") + b"\n")
        elif len(obj) < 256:
            self.write(b"U" + bytes([len(obj)]) + obj)
        else:
            self.write(b"T" + len(obj).to_bytes(4, "little") + obj)
        self.memoize(obj)

    dispatch[bytes] = save_bytes


def python2(thing, protocol: int) -> bytes:
    out = io.BytesIO()
    Python2(out, protocol, fix_imports=True).dump(thing)
    return out.getvalue().replace(b"numpy._core", b"numpy.core")


class Rebuilt:
    """What stands for a tensor of a device without a storage of its own; here of the CPU, so that torch can read it."""

    def __init__(self, array: np.ndarray, dtype: torch.dtype):
        self.arguments = (array, dtype, "cpu", False)

    def __reduce__(self):
        return torch._utils._rebuild_device_tensor_from_numpy, self.arguments


class Persistent(nn.Sequential):
    """A module as StyleGAN2-ADA and StyleGAN3 pickle it: with its source code, in the arguments of their function."""

    def __reduce__(self):
        state = dict(self.__dict__)
        meta = {"type": "class", "version": 6, "module_src": "", "class_name": "Persistent", "state": state}
        return reconstruct, (meta,)


def reconstruct(meta: dict) -> nn.Module:
    module = Persistent()
    module.__dict__.update(meta["state"])
    return module


def persistent() -> dict:
    reconstruct.__module__, reconstruct.__qualname__ = "torch_utils.persistence", "_reconstruct_persistent_obj"
    reconstruct.__name__ = reconstruct.__qualname__
    sys.modules["torch_utils"] = ModuleType("torch_utils")
    sys.modules["torch_utils.persistence"] = ModuleType("torch_utils.persistence")
    sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj = reconstruct
    torch.manual_seed(6)
    return {name: Persistent(nn.Linear(2, 3), Persistent(nn.BatchNorm1d(3))) for name in ("G", "D", "G_ema")}


def device_tensors() -> dict:
    bf16 = torch.tensor([[1.5, -2.25, 3e38], [float("nan"), 1e-40, float("-inf")]]).bfloat16()
    return {
        "f32": Rebuilt(numbers("f4", 2, 3), torch.float32),
        "i64": Rebuilt(numbers("i8", 3), torch.int64),
        "bf16": Rebuilt(bf16.float().numpy(), torch.bfloat16),
        "bf16 fortran": Rebuilt(np.asfortranarray(bf16.float().numpy()), torch.bfloat16),
        "bf16 scalar": Rebuilt(np.array(1.5, "f4"), torch.bfloat16),
    }


def state() -> OrderedDict:
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 700))
    return model.bfloat16().state_dict()


def stable(raw: bytes) -> bytes:
    """The files that pickle.dump puts into byte strings have keys that are addresses: always the same ones here."""
    keys: dict[bytes, bytes] = {}

    def renamed(match: re.Match) -> bytes:
        number = keys.setdefault(match[2], str(len(keys)).encode())
        return match[1] + b"9" * (len(match[2]) - len(number)) + number

    return re.sub(rb"(\x00|\\x00|\\u0000)(\d{13,15})(?=q)", renamed, raw)


def saved(thing, **options) -> bytes:
    out = io.BytesIO()
    torch.save(thing, out, **options)
    raw = out.getvalue()
    if options.get("_use_new_zipfile_serialization", True):
        return raw
    return stable(raw) if options.get("pickle_protocol") == 1 else with_stable_keys(raw)


def deflated(raw: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as old:
        return archive([Entry(n, old.read(n), deflate=True) for n in old.namelist()])


def cases():
    """(file, what was saved, bytes)."""
    mixed = arrays() | foreign()
    for protocol in range(6):
        yield f"arrays-{protocol}.pkl", mixed, pickle.dumps(mixed, protocol)
        yield f"state_dict-{protocol}.pkl", state(), stable(pickle.dumps(state(), protocol))
    for protocol in range(3):
        yield f"python2-{protocol}.pkl", mixed, python2(mixed, protocol)
        yield f"python2-state-{protocol}.pkl", state(), stable(python2(state(), protocol))
    old = pickle.dumps(mixed, 2).replace(b"numpy._core", b"numpy.core")
    yield "numpy1.pkl", mixed, old
    yield "trailing.pkl", mixed, pickle.dumps(mixed, 4) + b"and more"
    yield "list.pkl", [numbers("f4", 2), {"a": numbers("u1", 2)}], None
    yield "bare.pkl", numbers("f4", 2, 2), None
    yield "nested.pkl", {"a": {"b": np.array({"c": numbers("f4", 2)}, dtype=object)}}, None
    yield "ragged.pkl", {"a": np.array([numbers("f4", 2), numbers("f4", 3)], dtype=object)}, None
    training = {"my_net": state(), "best": np.float64(0.5), "epoch": np.int64(3), "history": [np.float32(1)]}
    yield "training.pt", training, saved(training)
    twice = numbers("f4", 4)
    yield "twice.pkl", {"a": twice, "b": twice, "c": twice.copy()}, None
    extra = {dtype: numbers("u1", 2, 3).view(getattr(ml_dtypes, dtype)) for dtype in SAFETENSORS if "float8" in dtype}
    extra["bfloat16"] = numbers("u2", 2, 3).view(ml_dtypes.bfloat16)
    for protocol in (2, 5):
        yield f"ml_dtypes-{protocol}.pkl", extra, pickle.dumps(extra, protocol)
    nets = networks()
    torch.manual_seed(4)
    module = nets.Small() if hasattr(nets, "Small") else nn.Linear(3, 2)
    yield "module.pkl", module, stable(pickle.dumps(module, 4))
    nets = persistent()
    yield "stylegan.pkl", nets, stable(pickle.dumps(nets, 4))
    mixed.pop("long")
    beside = {"tensor": torch.arange(6.0).reshape(2, 3).t(), **mixed}
    yield "saved.pt", beside, saved(beside)
    yield "saved-5.pt", beside, saved(beside, pickle_protocol=5)
    yield "saved-deflated.pt", beside, deflated(saved(beside))
    yield "saved-legacy.pt", beside, saved(beside, _use_new_zipfile_serialization=False)
    yield "saved-legacy-1.pt", beside, saved(beside, _use_new_zipfile_serialization=False, pickle_protocol=1)
    yield "saved-legacy-trailing.pt", beside, saved(beside, _use_new_zipfile_serialization=False) + b"more"
    device = device_tensors()
    yield "device.pt", device, saved(device)
    xla = saved(device, _use_new_zipfile_serialization=False)
    yield "xla.pt", device, xla.replace(b"_rebuild_device_tensor_from_numpy", b"_rebuild_xla_tensor")


class Twins(nn.Module):
    """A module whose children are called as whole models are, as in Silero's."""

    def __init__(self):
        super().__init__()
        self.model, self.model_8k = nn.Linear(2, 3), nn.Linear(3, 2)

    def forward(self, x):
        return self.model_8k(self.model(x))


def script_cases():
    torch.manual_seed(9)
    twins = Twins()
    path = FOLDER / "torchscript-twins.pt"
    write_script(path, torch.jit.script(twins))
    yield path.name, twins, path.read_bytes()


def numpy_cases():
    """Files of NumPy of which a pickle is a part."""
    weights = {"conv1": {"weights": numbers("f4", 2, 3), "biases": numbers("f4", 2)}, "name": "pnet"}
    boxed = np.array(weights, dtype=object)
    out = io.BytesIO()
    np.save(out, boxed, allow_pickle=True)
    yield "dict.npy", weights, out.getvalue()
    for name, thing in (
        ("dict-alone.npy", {"conv1": {"weights": numbers("f4", 2)}}),
        ("dict-wrapped.npy", {"all": {"conv1.weights": numbers("f4", 2)}}),
    ):
        out = io.BytesIO()
        np.save(out, np.array(thing, dtype=object), allow_pickle=True)
        yield name, thing, out.getvalue()
    old = io.BytesIO()
    header = {"descr": "|O", "fortran_order": False, "shape": ()}
    np.lib.format.write_array_header_1_0(old, header)
    yield "python2-dict.npy", weights, old.getvalue() + python2(boxed, 2)
    mixed = {"w": numbers("i2", 3), "params": boxed, **foreign()}
    mixed["date"], mixed["text"] = np.array(mixed["date"]), np.array(mixed["text"])
    mixed["ragged"] = np.array([numbers("f4", 2), numbers("f4", 3)], dtype=object)
    for name, save in (("mixed.npz", np.savez), ("mixed-deflated.npz", np.savez_compressed)):
        out = io.BytesIO()
        save(out, **mixed, allow_pickle=True)
        yield name, mixed, out.getvalue()


def flatten(thing, path: str = "") -> dict:
    """Every tensor, array and number by its dotted path."""
    if isinstance(thing, np.ndarray) and thing.dtype == object:
        found = flatten(thing.item() if thing.ndim == 0 else thing.ravel().tolist(), path)
        return found or {path: thing}
    if isinstance(thing, Rebuilt):
        array, dtype, *_ = thing.arguments
        thing = torch.from_numpy(array).to(dtype)
    if isinstance(thing, torch.Tensor | np.ndarray | np.generic):
        return {path or "tensor": thing}
    if isinstance(thing, nn.Module):
        thing = thing.state_dict()
    if isinstance(thing, dict):
        children = list(thing.items())
    elif isinstance(thing, list):
        children = list(enumerate(thing))
    else:
        return {}
    found = {}
    for key, child in children:
        found |= flatten(child, f"{path}.{key}" if path else str(key))
    return found


def row(file: str, name: str, thing) -> tuple:
    """What it must be: little-endian, C order; or `-` for what is left out."""
    if isinstance(thing, torch.Tensor):
        return file, escape(name), *described(thing)
    array = np.asarray(thing)
    code = array.dtype.name if array.dtype.kind == "V" or array.dtype.name in SAFETENSORS else array.dtype.str[1:]
    if code not in SAFETENSORS:
        return file, escape(name), "-"
    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("<"))
    return file, escape(name), SAFETENSORS[code], join_shape(array.shape), sha256(array.tobytes(order="C"))


def loaded(file: str, raw: bytes):
    if ".np" in file:
        read = np.load(io.BytesIO(raw), allow_pickle=True, encoding="bytes")
        return dict(read) if file.endswith(".npz") else read
    if file.startswith("torchscript"):
        return torch.jit.load(io.BytesIO(raw)).state_dict()
    if file.endswith(".pt"):
        return torch.load(io.BytesIO(raw), weights_only=False)
    return pickle.loads(raw, encoding="bytes")


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    rows = []
    for name, thing, raw in itertools.chain(cases(), numpy_cases(), script_cases()):
        raw = pickle.dumps(thing, 4) if raw is None else raw
        (FOLDER / name).write_bytes(raw)
        expected = [row(name, key, value) for key, value in flatten(thing).items()]
        read = [row(name, key, value) for key, value in flatten(loaded(name, raw)).items()]
        assert read == expected, (name, set(read) ^ set(expected))
        rows += expected
    versions = f"numpy {np.__version__}, torch {torch.__version__.split('+')[0]}, ml_dtypes {ml_dtypes.__version__}"
    comments = [
        f"{versions}, made by make_pickles.py",
        "FILE name dtype shape sha256-of-the-little-endian-bytes-in-C-order",
        "FILE name - (left out)",
    ]
    write_table(FOLDER / "pickles.tsv", comments, rows)
    print(f"{len({row[0] for row in rows})} files, {len(rows)} rows", file=sys.stderr)


if __name__ == "__main__":
    main()
