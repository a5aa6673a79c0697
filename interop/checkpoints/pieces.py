"""Small tensors of random bytes, and the two ways to save them."""

import io
import random
from pathlib import Path

import torch

from legacy_streams import with_stable_keys
from models import random_tensor, to_torch

dice = random.Random(6)


def rand(dtype: str, *shape: int) -> torch.Tensor:
    return to_torch(random_tensor(dice, dtype, shape))


def small() -> dict:
    return {"weight": rand("F32", 2, 3), "bias": rand("BF16", 3)}


def bits(integers: torch.dtype, floats: torch.dtype, *values: int) -> torch.Tensor:
    return torch.tensor(values, dtype=integers).view(floats)


def saved(path: Path, thing, **options) -> None:
    torch.save(thing, path, **options)


def saved_legacy(path: Path, thing, **options) -> None:
    buffer = io.BytesIO()
    torch.save(thing, buffer, _use_new_zipfile_serialization=False, **options)
    path.write_bytes(with_stable_keys(buffer.getvalue()))
