"""Whole modules, scripts and optimizers."""

import functools
import inspect
import io
import operator
import sys
import types
import uuid
import zipfile
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torch.distributed._shard import sharded_tensor

from checkpoints.networks import filled, networks
from checkpoints.pieces import saved, saved_legacy
from zips import Entry, archive


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
    yield "optimizer.pt", optimizer.state_dict(), saved, "only training: no model"
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


class TypeOfDill:
    """dill writes a builtin type as a call that names it; its module is a stand-in here."""

    def __reduce__(self):
        return sys.modules["dill._dill"]._load_type, ("dict",)


def _load_type(name: str):
    return dict


def scripts():
    """Scripted modules with tensors that are no part of their state dict."""
    nets = networks()
    yield "torchscript-attributes.pt", filled(nets.Attributed()), saved_script
    frozen = torch.jit.freeze(torch.jit.script(filled(nets.Scripted())).eval())
    constants = frozen.code_with_constants[1].const_mapping
    named = {f"CONSTANTS.{name}": constants[name] for name in sorted(constants)}
    yield "torchscript-frozen.pt", named, lambda path, _: write_script(path, frozen)


def strange():
    """Modules that hold what is no data: functions, bound methods, types by name, an object in itself."""
    nets = networks()
    sys.modules["dill"] = types.ModuleType("dill")
    sys.modules["dill._dill"] = stand_in = types.ModuleType("dill._dill")
    _load_type.__module__, _load_type.__qualname__ = "dill._dill", "_load_type"
    stand_in._load_type = _load_type
    leaf = filled(nets.Leaf())
    leaf.function = torch.tanh  # getattr(torch._C._VariableFunctionsClass, "tanh")
    leaf.method = leaf.forward  # getattr(leaf, "forward")
    leaf.default = inspect.Parameter.empty
    leaf.partial = functools.partial(torch.nn.functional.relu, inplace=False)
    leaf.item, leaf.uuid, leaf.type = operator.itemgetter(1), uuid.UUID(int=1), TypeOfDill()
    leaf.sharded = sharded_tensor.ShardedTensor
    yield "strange-module.pt", {"model": leaf, "ema": None}, saved
    inside = [1]
    inside.append((inside, 2))
    yield "strange-cycle.pt", {"state_dict": leaf.state_dict(), "args": inside[1]}, saved
    state = leaf.state_dict()
    state["cycle"] = inside[1]
    yield "strange-cycle-within.pt", {"state_dict": state}, saved


GROUPS = (modules, scripts, strange)
