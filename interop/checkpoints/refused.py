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
