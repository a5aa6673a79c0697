"""What a tensor is to safetensors: its dtype's name, its shape, and its bytes as `.contiguous()` lays them out."""

import torch

from common import join_shape, sha256
from models import TORCH

NAMES = {dtype: name for name, dtype in TORCH.items()}


def contiguous_bytes(tensor: torch.Tensor) -> bytes:
    """Row-major, little-endian (scripts run on such machines), conj and neg bits resolved."""
    plain = tensor.detach().resolve_conj().resolve_neg()
    if plain.element_size() == 1:  # torch cannot copy F4 as such.
        plain = plain.view(torch.uint8)
    return bytes(plain.clone(memory_format=torch.contiguous_format).untyped_storage())


def shape_of(tensor: torch.Tensor) -> tuple[int, ...]:
    """Two F4 share a byte: safetensors counts elements, torch counts pairs."""
    if tensor.dtype == torch.float4_e2m1fn_x2:
        return (*tensor.shape[:-1], tensor.shape[-1] * 2)
    return tuple(tensor.shape)


def described(tensor: torch.Tensor) -> tuple[str, str, str]:
    """Columns for a table: dtype, shape, sha256."""
    return NAMES[tensor.dtype], join_shape(shape_of(tensor)), sha256(contiguous_bytes(tensor))


def same_view(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors are the same elements of the same storage."""
    return (
        one.untyped_storage()._cdata == other.untyped_storage()._cdata
        and one.numel() > 0
        and (one.dtype, one.storage_offset()) == (other.dtype, other.storage_offset())
        and (one.shape, one.stride()) == (other.shape, other.stride())
    )
