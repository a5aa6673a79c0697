"""One little state dict in every container that torch can write."""

import collections
import io
import zipfile
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torch.utils.serialization import config

from checkpoints.pieces import rand, saved, saved_legacy, small


def containers():
    """One little state dict in every container that torch can write."""
    for protocol in (1, 2, 3, 4, 5):
        yield f"zip-protocol-{protocol}.pt", small(), partial(saved, pickle_protocol=protocol)
    for protocol in (2, 3):
        yield (
            f"legacy-protocol-{protocol}.pt",
            small(),
            partial(saved_legacy, pickle_protocol=protocol),
        )
    yield "zip-no-byteorder.pt", small(), partial(saved, _disable_byteorder_record=True)
    yield "root.with.dots.v1.pt", small(), saved
    yield "root-(odd)+chars,.pt", small(), saved
    yield "zip-root-archive.bin", small(), saved_to_stream
    for alignment in (1, 256, 4096):
        yield f"zip-alignment-{alignment}.pt", small(), partial(saved_with, alignment=alignment)
    yield "zip-no-crc32.pt", small(), saved_without_crc
    yield "zip-skipped-data.pt", {"zeros": torch.zeros(20)}, saved_without_data
    for name, thing in {
        "ordered-dict": collections.OrderedDict(small()),
        "bare-tensor": rand("F32", 4),
        "bare-parameter": nn.Parameter(rand("F16", 2, 2)),
        "list": [rand("F32", 2), rand("I8", 3)],
        "tuple": (rand("F32", 2), {"a": rand("I8", 3)}),
        "empty-dict": {},
        "no-tensors": {"epoch": 3, "note": "nothing here"},
        "under-state_dict": {"epoch": 1, "state_dict": small(), "loss": 0.5},
        "under-model": {
            "model": collections.OrderedDict(small()),
            "optimizer": {"state": {}, "param_groups": []},
        },
        "under-module": {"module": small(), "client_state": {}},
        "two-keys": {"model": {"other": rand("F32", 1)}, "state_dict": small()},
        "key-without-tensors": {"model": "resnet", "state_dict": small()},
        "key-holds-nothing": {"state_dict": {}, "weights": small()},
        "state_dict-is-a-tensor": {"state_dict": rand("F32", 2), "b": rand("F32", 1)},
        "nested-deep": {"a": {"b": {"c": [{"d": (rand("F32", 1), rand("U8", 2))}]}}},
        "int-keys": {0: rand("F32", 1), 1: {2: rand("F32", 2)}},
        "ema": {"state_dict": small(), "ema_state_dict": small()},
        "data-parallel": {"state_dict": {f"module.{name}": t for name, t in small().items()}},
        "none-values": {"a": None, "b": rand("F32", 2), "c": [None]},
        "many": {f"layer.{i}": rand("U8", 1) for i in range(300)},
    }.items():
        yield f"zip-{name}.pt", thing, saved
        if name in ("ordered-dict", "bare-tensor", "under-state_dict", "many"):
            yield f"legacy-{name}.pt", thing, saved_legacy
    names = [
        "",
        ".",
        "a b",
        "重み",
        "😀",
        "\ufffd",
        "tab\t",
        "nl\n",
        "\x1b[31m",
        '"',
        "\\",
        "../up",
        "/abs",
        "n" * 300,
    ]
    yield "zip-names.pt", {name: rand("U8", 1) for name in names}, saved
    yield "legacy-names.pt", {name: rand("U8", 1) for name in names}, saved_legacy
    yield (
        "zip-names-protocol-4.pt",
        {name: rand("U8", 1) for name in names},
        partial(saved, pickle_protocol=4),
    )


def saved_to_stream(path: Path, thing) -> None:
    buffer = io.BytesIO()
    torch.save(thing, buffer)
    assert zipfile.ZipFile(buffer).namelist()[0] == "archive/data.pkl"
    path.write_bytes(buffer.getvalue())


def saved_with(path: Path, thing, *, alignment: int) -> None:
    before, config.save.storage_alignment = config.save.storage_alignment, alignment
    torch.save(thing, path)
    config.save.storage_alignment = before


def saved_without_crc(path: Path, thing) -> None:
    torch.serialization.set_crc32_options(False)
    torch.save(thing, path)
    torch.serialization.set_crc32_options(True)


def saved_without_data(path: Path, thing) -> None:
    with torch.serialization.skip_data():
        torch.save(thing, path)


GROUPS = (containers,)
