"""Little models made of random bytes, and the reference's three ways to save them."""

import ctypes
import json
import random
import tempfile
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import numpy
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

from common import BITS, framed

TORCH = {
    "BOOL": torch.bool,
    "F4": torch.float4_e2m1fn_x2,
    "U8": torch.uint8,
    "I8": torch.int8,
    "F8_E5M2": torch.float8_e5m2,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E8M0": torch.float8_e8m0fnu,
    "F8_E4M3FNUZ": torch.float8_e4m3fnuz,
    "F8_E5M2FNUZ": torch.float8_e5m2fnuz,
    "I16": torch.int16,
    "U16": torch.uint16,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I32": torch.int32,
    "U32": torch.uint32,
    "F32": torch.float32,
    "C64": torch.complex64,
    "F64": torch.float64,
    "I64": torch.int64,
    "U64": torch.uint64,
}
NUMPY = {
    "BOOL": numpy.bool_,
    "U8": numpy.uint8,
    "I8": numpy.int8,
    "I16": numpy.int16,
    "U16": numpy.uint16,
    "F16": numpy.float16,
    "I32": numpy.int32,
    "U32": numpy.uint32,
    "F32": numpy.float32,
    "C64": numpy.complex64,
    "F64": numpy.float64,
    "I64": numpy.int64,
    "U64": numpy.uint64,
}


@dataclass(frozen=True)
class Tensor:
    dtype: str
    shape: tuple[int, ...]
    data: bytes


@dataclass(frozen=True)
class Model:
    name: str
    writer: str  # torch, numpy, serialize; crafted where the reference's Python side cannot write a dtype
    tensors: dict[str, Tensor]
    metadata: dict[str, str] | None = field(default=None)


def byte_size(dtype: str, shape: tuple[int, ...]) -> int:
    bits = prod(shape) * BITS[dtype]
    assert bits % 8 == 0, (dtype, shape)
    return bits // 8


def random_tensor(dice: random.Random, dtype: str, shape: tuple[int, ...]) -> Tensor:
    data = dice.randbytes(byte_size(dtype, shape))
    return Tensor(dtype, shape, bytes(b & 1 for b in data) if dtype == "BOOL" else data)


def save(model: Model) -> bytes:
    """The file that the reference writes for the model."""
    if model.writer == "crafted":
        return in_reference_order(model)
    if model.metadata is None or len(model.metadata) < 2:
        return WRITERS[model.writer](model)
    # The reference orders several keys at random: repeat until they are sorted, so that we make the same file again.
    while True:
        raw = WRITERS[model.writer](model)
        header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
        if list(header["__metadata__"]) == sorted(model.metadata):
            return raw


def save_torch(model: Model) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.safetensors")
        tensors = {name: to_torch(tensor) for name, tensor in model.tensors.items()}
        safetensors.torch.save_file(tensors, path, metadata=model.metadata)
        return path.read_bytes()


def save_numpy(model: Model) -> bytes:
    arrays = {
        name: numpy.frombuffer(t.data, NUMPY[t.dtype]).reshape(t.shape).copy()
        for name, t in model.tensors.items()
    }
    return safetensors.numpy.save(arrays, metadata=model.metadata)


def save_serialize(model: Model) -> bytes:
    buffers = {
        name: ctypes.create_string_buffer(t.data, len(t.data)) for name, t in model.tensors.items()
    }
    specs = {
        name: safetensors.TensorSpec(
            dtype=str(TORCH[t.dtype]).removeprefix("torch."),
            shape=packed(t),
            data_ptr=ctypes.addressof(buffers[name]),
            data_len=len(t.data),
        )
        for name, t in model.tensors.items()
    }
    return safetensors.serialize(specs, metadata=model.metadata)


WRITERS = {"torch": save_torch, "numpy": save_numpy, "serialize": save_serialize}


def packed(tensor: Tensor) -> tuple[int, ...]:
    """The shape as frameworks have it: two F4 share a byte, and the reference doubles the last dimension."""
    if tensor.dtype != "F4":
        return tensor.shape
    return (*tensor.shape[:-1], tensor.shape[-1] // 2)


def to_torch(tensor: Tensor) -> torch.Tensor:
    raw = torch.tensor(list(tensor.data), dtype=torch.uint8)
    return raw.view(TORCH[tensor.dtype]).reshape(packed(tensor))


def in_reference_order(model: Model) -> bytes:
    """What the reference's rules say the file must be: the script compares this with its real output."""
    rank = list(BITS).index
    order = sorted(model.tensors.items(), key=lambda item: (-rank(item[1].dtype), item[0].encode()))
    header, data = {}, b""
    if model.metadata is not None:
        header["__metadata__"] = dict(sorted(model.metadata.items()))
    for name, tensor in order:
        offsets = [len(data), len(data) + len(tensor.data)]
        header[name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": offsets}
        data += tensor.data
    raw = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return framed(raw + b" " * (-len(raw) % 8), data)
