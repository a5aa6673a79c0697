"""What else people put into checkpoints."""

import argparse
import collections
import random
from functools import partial
from pathlib import Path

import numpy
import torch
from torch import nn

from checkpoints.networks import networks
from checkpoints.pieces import rand, saved, small


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
    nets = networks()
    batch = nets.Batch(torch.arange(4), torch.ones(4, dtype=torch.bool), 4)
    yield (
        "extra-objects.pt",
        {"config": nets.Config(lr=0.1, scale=torch.tensor([2.5])), "batches": [batch]},
        saved,
    )
    yield (
        "extra-objects-protocol-4.pt",
        nets.Config(inner=nets.Config(a=torch.arange(3.0))),
        partial(saved, pickle_protocol=4),
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


GROUPS = (extras,)
