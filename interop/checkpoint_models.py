"""Checkpoints that torch itself saves: (file name, object, writer, reason to refuse it or None)."""

import argparse
import collections
import io
import linecache
import random
import re
import sys
import types
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.utils.serialization import config

from legacy_streams import with_stable_keys
from models import TORCH, random_tensor, to_torch
from zips import Entry, archive

RANDOM_FILES = 60
dice = random.Random(6)

NETWORKS = """
import torch
from torch import nn


class Leaf(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.arange(6.0).reshape(2, 3))
        self.register_parameter("nothing", None)
        self.register_buffer("running", torch.tensor([1.5, 2.5]))
        self.register_buffer("counter", torch.tensor(7))
        self.register_buffer("scratch", torch.ones(3), persistent=False)
        self.note = "not a tensor"

    def forward(self, x):
        return x @ self.weight.t() + self.running + self.scratch.sum() + self.counter


class Tree(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Leaf()
        self.layers = nn.ModuleList([nn.Linear(2, 3), nn.Linear(3, 2)])
        self.head = nn.Linear(2, 3)
        self.head.weight = self.layers[0].weight
        self.again = self.first

    def forward(self, x):
        return self.head(self.layers[1](self.layers[0](self.first(x))))


class Scripted(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
        self.scale = nn.Parameter(torch.ones(2))
        self.register_buffer("counter", torch.tensor(7))
        self.again = self.inner[0]
        self.flag = True

    def forward(self, x):
        return self.inner(x) * self.scale + self.counter
"""


def networks() -> types.ModuleType:
    """Classes of a user, in a module that has no file: checkpoints must not tell where this one lies."""
    if "networks" not in sys.modules:
        module = types.ModuleType("networks")
        linecache.cache["networks.py"] = (
            len(NETWORKS),
            None,
            NETWORKS.splitlines(True),
            "networks.py",
        )
        sys.modules["networks"] = module
        exec(compile(NETWORKS, "networks.py", "exec"), module.__dict__)
        module.__file__ = "networks.py"
    return sys.modules["networks"]


def saved(path: Path, thing, **options) -> None:
    torch.save(thing, path, **options)


def saved_legacy(path: Path, thing, **options) -> None:
    buffer = io.BytesIO()
    torch.save(thing, buffer, _use_new_zipfile_serialization=False, **options)
    path.write_bytes(with_stable_keys(buffer.getvalue()))


def rand(dtype: str, *shape: int) -> torch.Tensor:
    return to_torch(random_tensor(dice, dtype, shape))


def all_cases() -> Iterator[tuple]:
    for cases in (containers, dtypes, views, shared, modules, extras, refused, random_checkpoints):
        for name, thing, write, *refusal in cases():
            yield name, thing, write, refusal[0] if refusal else None


def small() -> dict:
    return {"weight": rand("F32", 2, 3), "bias": rand("BF16", 3)}


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


def dtypes():
    every = {dtype: rand(dtype, 2, 4) for dtype in TORCH}
    yield "zip-every-dtype.pt", every, saved
    yield "zip-every-dtype-protocol-5.pt", every, partial(saved, pickle_protocol=5)
    yield "legacy-every-dtype.pt", every, saved_legacy
    for dtype in TORCH:
        shape = (3, 2)
        yield (
            f"zip-dtype-{dtype}.pt",
            {"t": rand(dtype, *shape), "view": rand(dtype, 4, 2)[1:3]},
            saved,
        )
    yield (
        "zip-nan-payloads.pt",
        {
            "f32": bits(torch.int32, torch.float32, 0x7F800001, 0x7FC12345, -1),
            "bf16": bits(torch.int16, torch.bfloat16, 0x7F81, -1),
            "f16": bits(torch.int16, torch.float16, 0x7C01, -1),
        },
        saved,
    )


def bits(integers: torch.dtype, floats: torch.dtype, *values: int) -> torch.Tensor:
    return torch.tensor(values, dtype=integers).view(floats)


def views():
    base = rand("F32", 4, 6)
    yield (
        "views-strides.pt",
        {
            "transposed": base.t(),
            "permuted": rand("I16", 2, 3, 4).permute(2, 0, 1),
            "row": base[1],
            "column": base[:, 2],
            "offset": base.reshape(-1)[5:],
            "stepped": base[::2, ::3],
            "diagonal": base.diagonal(),
            "reshaped": base.view(2, 2, 6),
            "channels-last": rand("BF16", 1, 3, 2, 2).contiguous(memory_format=torch.channels_last),
            "channels-last-3d": rand("U8", 1, 2, 2, 2, 2).contiguous(
                memory_format=torch.channels_last_3d
            ),
            "unfolded": rand("I32", 8).unfold(0, 3, 2),
            "as-strided": torch.as_strided(base, (3, 3), (1, 1), 2),
            "last-element": base.reshape(-1)[-1:],
        },
        saved,
    )
    yield (
        "views-expanded.pt",
        {
            "row-expanded": rand("F32", 1, 3).expand(5, 3),
            "scalar-expanded": rand("BF16").expand(2, 3),
            "column-expanded": rand("U8", 3, 1).expand(3, 4),
            "stride-0-in-the-middle": rand("I64", 2, 1, 2).expand(2, 3, 2),
        },
        saved,
    )
    yield (
        "views-shapes.pt",
        {
            "scalar": rand("F64"),
            "scalar-view": base[0, 3],
            "empty": torch.empty(0),
            "empty-2d": torch.empty(0, 5, dtype=torch.int8),
            "empty-middle": torch.empty(2, 0, 3, dtype=torch.bool),
            "empty-view": base[2:2],
            "empty-view-at-the-end": base.reshape(-1)[24:],
            "empty-with-strides": torch.empty(4, 0).t(),
            "rank-8": rand("U8", 1, 2, 1, 2, 1, 2, 1, 2),
            "size-1-strides": torch.as_strided(rand("F32", 3), (1, 3), (77, 1)),
        },
        saved,
    )
    yield "views-small-of-big.pt", {"row": rand("F32", 200, 4)[7]}, saved
    for dtype in ("F4", "F8_E4M3", "U16", "C64", "BOOL", "F64"):
        whole = rand(dtype, 4, 6)
        yield (
            f"views-{dtype}.pt",
            {"t": whole.t() if dtype != "F4" else whole[1:3], "row": whole[2]},
            saved,
        )
    yield (
        "views-legacy.pt",
        {"transposed": base.t(), "row": base[1], "stepped": base[::2, ::3], "scalar": base[0, 0]},
        saved_legacy,
    )
    z = rand("C64", 2, 3)
    yield (
        "conj-neg.pt",
        {
            "plain": z,
            "conj": z.conj(),
            "conj-transposed": z.conj().t(),
            "imag-of-conj": rand("C64", 2, 3).conj().imag,
            "real-of-conj": rand("C64", 2, 3).conj().real,
            "neg-of-conj": torch._neg_view(z).conj(),
            "conj-row": z.conj()[1],
            "neg-of-f32": torch._neg_view(rand("F32", 3)),
            # No NaNs: torch negates these by way of F32, and machines differ in what becomes of a NaN.
            "neg-of-f16": torch._neg_view(bits(torch.int16, torch.float16, 0, 0x3C00, 1, -0x8000)),
            "neg-of-bf16": torch._neg_view(
                bits(torch.int16, torch.bfloat16, 0, 0x3F80, 1, -0x8000)
            ),
        },
        saved,
    )


def shared():
    tied = rand("F32", 3, 2)
    yield (
        "shared-tied.pt",
        {"wte.weight": tied, "other": rand("F32", 1), "lm_head.weight": tied},
        saved,
    )
    yield "shared-tied-views.pt", {"a": tied.view(3, 2), "b": tied[:], "c": tied}, saved
    yield "shared-tied-legacy.pt", {"wte.weight": tied, "lm_head.weight": tied}, saved_legacy
    base = rand("I32", 12)
    yield "shared-partly.pt", {"a": base[:8], "b": base[4:]}, saved
    yield "shared-apart.pt", {"a": base[:6], "b": base[6:]}, saved
    yield "shared-inside.pt", {"whole": base, "part": base[3:5]}, saved
    yield "shared-transposed.pt", {"a": tied, "a.t": tied.t()}, saved
    yield "shared-reshaped.pt", {"a": base.view(3, 4), "b": base.view(4, 3)}, saved
    yield "shared-equal-but-not.pt", {"a": tied.clone(), "b": tied.clone()}, saved
    yield "shared-three.pt", {"z": tied, "a": tied, "m": tied}, saved
    yield "shared-across-keys.pt", {"state_dict": {"a": tied}, "ema": {"a": tied}}, saved
    yield "shared-empty.pt", {"a": torch.empty(0), "b": torch.empty(0)}, saved
    twice = {"weight": tied}
    yield "shared-dict.pt", {"a": twice, "b": twice}, saved


def modules():
    nets = networks()
    tree = nets.Tree()
    with torch.no_grad():
        for parameter in tree.parameters():
            parameter.copy_(
                torch.arange(parameter.numel(), dtype=torch.float32).reshape(parameter.shape)
            )
    yield "module-state_dict.pt", tree.state_dict(), saved
    yield "module-whole.pt", tree, saved
    yield "module-whole-protocol-4.pt", tree, partial(saved, pickle_protocol=4)
    yield "module-whole-legacy.pt", tree, saved_module_legacy
    yield "module-under-model.pt", {"epoch": 2, "model": tree, "ema": None}, saved
    yield "module-data-parallel.pt", {"model": nn.DataParallel(tree)}, saved
    yield (
        "module-of-torch.pt",
        filled(nn.Sequential(nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.Flatten())),
        saved,
    )
    yield "module-half.pt", {"model": filled(nn.Linear(2, 2)).half()}, saved
    yield "module-with-hooks.pt", hooked(filled(nn.Linear(2, 2))), saved
    yield "torchscript.pt", filled(nets.Scripted()), saved_script
    yield "torchscript-traced.pt", filled(nn.Linear(3, 2)), saved_trace
    optimized = filled(nn.Linear(2, 2))
    optimizer = torch.optim.AdamW(optimized.parameters())
    optimized(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    yield "optimizer.pt", optimizer.state_dict(), saved
    yield (
        "optimizer-beside.pt",
        {"model": optimized.state_dict(), "optimizer": optimizer.state_dict()},
        saved,
    )
    yield (
        "optimizer-beside-legacy.pt",
        {"model": optimized.state_dict(), "optimizer": optimizer.state_dict()},
        saved_legacy,
    )


def filled(module: nn.Module) -> nn.Module:
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(
                torch.arange(parameter.numel(), dtype=torch.float32).reshape(parameter.shape) / 8
            )
    return module


def hooked(module: nn.Module) -> nn.Module:
    module.register_forward_hook(torch.nn.functional.relu)
    return module


def saved_module_legacy(path: Path, thing) -> None:
    """The legacy format stores each class's source and its path."""
    sources, torch.serialization.get_source_lines_and_file = (
        torch.serialization.get_source_lines_and_file,
        lambda cls: ([f"class {cls.__name__}: ...\n"], 0, "networks.py"),
    )
    saved_legacy(path, thing)
    torch.serialization.get_source_lines_and_file = sources


def saved_script(path: Path, thing: nn.Module) -> None:
    write_script(path, torch.jit.script(thing))


def saved_trace(path: Path, thing: nn.Module) -> None:
    write_script(path, torch.jit.trace(thing, torch.zeros(1, 3)))


def write_script(path: Path, script: torch.jit.ScriptModule) -> None:
    """Without the debug records, which tell where this machine keeps its sources."""
    buffer = io.BytesIO()
    torch.jit.save(script, buffer)
    found = {n: data for n, data in unzipped(buffer).items() if not n.endswith(".debug_pkl")}
    path.write_bytes(archive([Entry(n, data, deflate="/code/" in n) for n, data in found.items()]))


def unzipped(buffer: io.BytesIO) -> dict[str, bytes]:
    """The records; the serialization id, which depends on what we take out, becomes zeros."""
    with zipfile.ZipFile(buffer) as folder:
        found = {name: folder.read(name) for name in folder.namelist()}
    return {n: b"0" * 40 if n.endswith("serialization_id") else d for n, d in found.items()}


def extras():
    """What else people put into checkpoints; none of it may hide a tensor."""
    attributed = rand("F32", 3)
    attributed.note = "tensor with an attribute"
    parameter = nn.Parameter(rand("F32", 2))
    parameter.is_expert = True
    yield (
        "extra-parameters.pt",
        {
            "a": nn.Parameter(rand("F32", 2)),
            "frozen": nn.Parameter(rand("BF16", 2), requires_grad=False),
            "state": parameter,
            "buffer": nn.Buffer(rand("F32", 2)),
        },
        saved,
    )
    yield "extra-attributes.pt", {"a": attributed}, saved
    yield (
        "extra-namespace.pt",
        {"args": argparse.Namespace(lr=0.1, weight=rand("F32", 2)), "state_dict": small()},
        saved,
    )
    yield (
        "extra-namespace-alone.pt",
        argparse.Namespace(
            lr=0.1, weight=rand("F32", 2), inner=argparse.Namespace(t=rand("U8", 1))
        ),
        saved,
    )
    yield (
        "extra-numpy.pt",
        {
            "state_dict": small(),
            "best": numpy.float64(0.25),
            "step": numpy.int64(3),
            "history": numpy.arange(3),
            "dtype": numpy.dtype("f4"),
        },
        saved,
    )
    yield (
        "extra-numpy-protocol-5.pt",
        {"state_dict": small(), "history": numpy.arange(300)},
        partial(saved, pickle_protocol=5),
    )
    yield (
        "extra-collections.pt",
        {
            "counter": collections.Counter("abca"),
            "defaultdict": collections.defaultdict(list, a=[1]),
            "deque": collections.deque([1, 2]),
            "set": {1, 2},
            "frozenset": frozenset("a"),
            "state_dict": small(),
        },
        saved,
    )
    yield (
        "extra-values.pt",
        {
            "size": torch.Size([1, 2]),
            "device": torch.device("cuda", 1),
            "dtype": torch.bfloat16,
            "complex": 1j,
            "big": 2**70,
            "negative": -(2**40),
            "bytes": b"\0\xff",
            "bytearray": bytearray(b"abc"),
            "ellipsis": ...,
            "range": range(3),
            "slice": slice(1, 2),
            "path": Path("a/b"),
            "type": dict,
            "function": torch.nn.functional.relu,
            "float": float("nan"),
            "none": None,
            "true": True,
            "state_dict": small(),
        },
        saved,
    )
    yield (
        "extra-values-protocol-4.pt",
        {
            "set": {1},
            "frozenset": frozenset("a"),
            "bytes": b"x" * 300,
            "text": "t" * 300,
            "big": 2**2100,
            "state_dict": small(),
        },
        partial(saved, pickle_protocol=4),
    )
    yield (
        "extra-values-protocol-5.pt",
        {"bytearray": bytearray(300), "bytes": bytes(300), "state_dict": small()},
        partial(saved, pickle_protocol=5),
    )
    yield (
        "extra-storages.pt",
        {"untyped": rand("U8", 4).untyped_storage(), "state_dict": small()},
        saved,
    )
    yield "extra-generator.pt", {"rng": random.Random(1).getstate(), "state_dict": small()}, saved
    cycle: dict = {"state_dict": small()}
    cycle["state_dict"]["parent"] = [1]
    cycle["self"] = cycle
    yield "extra-cycle.pt", cycle, saved
    yield (
        "extra-lightning.pt",
        {
            "epoch": 1,
            "global_step": 10,
            "pytorch-lightning_version": "2.4.0",
            "state_dict": collections.OrderedDict(small()),
            "loops": {"fit_loop": {"state_dict": {}}},
            "callbacks": {
                "ModelCheckpoint{'monitor': None}": {
                    "best_model_score": torch.tensor(0.5),
                    "best_model_path": "/x.ckpt",
                }
            },
            "optimizer_states": [
                {
                    "state": {0: {"exp_avg": rand("F32", 3)}},
                    "param_groups": [{"lr": 0.1, "params": [0]}],
                }
            ],
            "lr_schedulers": [],
            "hparams_name": "args",
            "hyper_parameters": {"lr": 0.1},
        },
        saved,
    )
    yield "extra-cuda-location.pt", small(), saved_as_cuda


def saved_as_cuda(path: Path, thing) -> None:
    """Tensors that lived on a GPU; torch cannot load this without one, unless told map_location."""
    tag, torch.serialization.location_tag = (
        torch.serialization.location_tag,
        lambda storage: "cuda:0",
    )
    torch.save(thing, path)
    torch.serialization.location_tag = tag


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
    path.write_bytes(re.sub(rb"\d{14,15}", b"94000000000000", buffer.getvalue()))


def saved_export(path: Path, thing: nn.Module) -> None:
    """Without the stack traces, for the same reason."""
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(thing, (torch.zeros(1, 2),)), buffer)
    plain = {n: re.sub(rb'File \\"[^"]*/', rb'File \\"', d) for n, d in unzipped(buffer).items()}
    path.write_bytes(archive([Entry(n, data) for n, data in plain.items()]))


def random_checkpoints():
    """Random trees of random views, in random containers."""
    for number in range(RANDOM_FILES):
        pool = [
            rand(
                dice.choice(list(TORCH)),
                *(dice.randint(1, 5) for _ in range(dice.randint(1, 3))),
                2,
            )
            for _ in range(4)
        ]
        thing = {random_key(): random_node(pool, 0) for _ in range(dice.randint(1, 5))}
        if dice.random() < 0.3:
            thing = {"epoch": number, dice.choice(("state_dict", "model", "module")): thing}
        protocol = dice.choice((2, 2, 3, 4, 5))
        legacy = protocol < 4 and number % 4 == 3
        write = partial(saved_legacy if legacy else saved, pickle_protocol=protocol)
        yield f"random-{number:02d}.pt", thing, write


def random_key() -> str:
    return "".join(dice.choices("abcdefgh_0123é漢😀", k=dice.randint(2, 8)))


def random_node(pool: list[torch.Tensor], depth: int):
    kind = dice.random()
    if depth < 3 and kind < 0.2:
        return {random_key(): random_node(pool, depth + 1) for _ in range(dice.randint(0, 3))}
    if depth < 3 and kind < 0.3:
        return [random_node(pool, depth + 1) for _ in range(dice.randint(0, 3))]
    if kind < 0.4:
        return dice.choice((None, 1, 2.5, "text", True, b"bytes", 2**40))
    return random_view(dice.choice(pool))


def random_view(tensor: torch.Tensor) -> torch.Tensor:
    """A few steps of indexing, cutting and turning; F4 keeps its pairs together."""
    for _ in range(dice.randint(0, 3)):
        if tensor.dim() < 2:
            break
        axis = dice.randrange(tensor.dim() - 1)
        match dice.randrange(4):
            case 0:
                tensor = (
                    tensor.select(axis, dice.randrange(tensor.shape[axis]))
                    if tensor.shape[axis]
                    else tensor
                )
            case 1:
                start = dice.randint(0, tensor.shape[axis])
                tensor = tensor.narrow(axis, start, dice.randint(0, tensor.shape[axis] - start))
            case 2:
                if tensor.dtype != torch.float4_e2m1fn_x2:
                    tensor = tensor.transpose(axis, tensor.dim() - 1)
            case 3:
                tensor = tensor.unsqueeze(axis).expand(
                    *tensor.shape[:axis], 2, *tensor.shape[axis:]
                )
    return tensor
