"""What has no form in safetensors, or cannot be read by anybody."""

import io
import re
from functools import partial
from pathlib import Path

import torch
from torch import nn

from checkpoints.modules import unzipped
from checkpoints.pieces import rand, saved, saved_legacy, small
from zips import Entry, archive


def refused():
    yield "refuse-sparse-coo.pt", {"a": torch.eye(2).to_sparse()}, saved, "sparse"
    yield "refuse-sparse-csr.pt", {"a": torch.eye(2).to_sparse_csr()}, saved, "sparse"
    yield "refuse-sparse-legacy.pt", {"a": torch.eye(2).to_sparse()}, saved_legacy, "sparse"
    quantized = torch.quantize_per_tensor(torch.ones(2), 0.5, 1, torch.qint8)
    yield "refuse-quantized.pt", {"a": quantized}, saved, "quantized"
    channels = torch.quantize_per_channel(
        torch.ones(2, 2), torch.ones(2), torch.zeros(2, dtype=torch.int64), 0, torch.quint8
    )
    yield "refuse-quantized-channels.pt", {"a": channels}, saved, "quantized"
    yield (
        "refuse-nested.pt",
        {"a": torch.nested.nested_tensor([torch.ones(1), torch.ones(2)])},
        saved,
        "nested",
    )
    yield (
        "refuse-nested-jagged.pt",
        {"a": torch.nested.nested_tensor([torch.ones(1), torch.ones(2)], layout=torch.jagged)},
        saved,
        "nested",
    )
    yield "refuse-meta.pt", {"a": torch.empty(3, device="meta")}, saved, "meta"
    yield "refuse-complex128.pt", {"a": torch.ones(2, dtype=torch.complex128)}, saved, "complex128"
    yield (
        "refuse-complex128-legacy.pt",
        {"a": torch.ones(2, dtype=torch.complex128)},
        saved_legacy,
        "complex128",
    )
    wide = torch.randn(3, 4, 5, dtype=torch.complex128, generator=torch.Generator().manual_seed(7))
    wide[0, 0, 0] = complex(float("inf"), 1e300)  # Too large for a float.
    wide[0, 0, 1] = complex(1 + 2**-24, 1 + 3 * 2**-24)  # Half-way between two floats.
    wide[0, 0, 2] = complex(1e-310, -0.0)
    yield (
        "refuse-complex128-views.pt",
        {"a": wide, "a.t": wide.transpose(0, 2), "a.conj": wide[1].conj(), "b": torch.ones(2), "c": wide[:0]},
        saved,
        "complex128",
    )
    per_channel = torch.quantize_per_channel(
        torch.arange(24.0).reshape(2, 3, 4) - 9,
        torch.tensor([0.5, 0.25, 0.125], dtype=torch.float64),
        torch.tensor([1, 2, 3]),
        1,
        torch.qint8,
    )
    floats = torch.quantize_per_channel(
        torch.arange(6.0).reshape(3, 2), torch.tensor([0.5, 0.25, 0.3]), torch.tensor([1.0, 2, 3]), 0, torch.quint8
    )
    yield (
        "refuse-quantized-kinds.pt",
        {
            "model": {
                "i8": torch.quantize_per_tensor(torch.arange(6.0).reshape(2, 3), 0.1, 3, torch.qint8),
                "u8": torch.quantize_per_tensor(torch.arange(6.0).reshape(2, 3).t(), 0.05, 128, torch.quint8),
                "i32": torch.quantize_per_tensor(torch.arange(3.0), 1e-5, -7, torch.qint32),
                "channels": per_channel,
                "floats": floats,
                "bias": torch.ones(2),
            }
        },
        saved,
        "quantized",
    )
    yield "refuse-complex32.pt", {"a": torch.zeros(2, dtype=torch.complex32)}, saved, "complex32"
    yield (
        "refuse-bits8.pt",
        {"a": torch.zeros(2, dtype=torch.uint8).view(torch.bits8)},
        saved,
        "bits8",
    )
    yield (
        "refuse-bits16.pt",
        {"a": torch.zeros(2, dtype=torch.int16).view(torch.bits16)},
        saved,
        "bits16",
    )
    yield (
        "refuse-protocol-0.pt",
        small(),
        partial(saved, pickle_protocol=0),
        "pickle protocol 0 mangles persistent ids",
    )
    yield (
        "refuse-protocol-0-legacy.pt",
        {"a": rand("F32", 2)},
        saved_protocol_0,
        "pickle protocol 0 mangles persistent ids",
    )
    yield "refuse-name-metadata.pt", {"__metadata__": rand("F32", 1)}, saved, "name __metadata__"
    yield "refuse-name-surrogate.pt", {"\ud800": rand("F32", 1)}, saved, "name has a lone surrogate"
    yield "refuse-export.pt2", nn.Linear(2, 2), saved_export, "pt2"


def saved_protocol_0(path: Path, thing) -> None:
    buffer = io.BytesIO()
    torch.save(thing, buffer, _use_new_zipfile_serialization=False, pickle_protocol=0)
    magic, rest = buffer.getvalue().split(b"\n.", 1)
    path.write_bytes(magic + b"\n." + re.sub(rb"\d{14,15}", b"94000000000000", rest))


def saved_export(path: Path, thing: nn.Module) -> None:
    """Without the stack traces, for the same reason."""
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(thing, (torch.zeros(1, 2),)), buffer)
    plain = {n: re.sub(rb'File \\"[^"]*/', rb'File \\"', d) for n, d in unzipped(buffer).items()}
    path.write_bytes(archive([Entry(n, data) for n, data in plain.items()]))


GROUPS = (refused,)
