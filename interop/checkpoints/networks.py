"""Modules of a user: classes that have no file, so that checkpoints cannot tell where it lies."""

import linecache
import sys
import types

import torch
from torch import nn

NETWORKS = """
from dataclasses import dataclass

import torch
from torch import nn


class Config:
    def __init__(self, **values):
        self.__dict__.update(values)


@dataclass
class Batch:
    tokens: torch.Tensor
    mask: torch.Tensor
    length: int


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


class Attributed(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = nn.Linear(2, 3)
        self.inner = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 3))
        self.cache = torch.zeros(4)
        self.pair = (torch.ones(1), torch.ones(2))
        self.listed = [torch.ones(3)]
        self.scale = nn.Parameter(torch.ones(3))
        self.register_buffer("counter", torch.tensor(7))

    def forward(self, x):
        y = self.model(x) * self.scale + self.cache.sum() + self.counter + self.pair[0] + self.listed[0]
        return self.inner(y)
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


def filled(module: nn.Module) -> nn.Module:
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(
                torch.arange(parameter.numel(), dtype=torch.float32).reshape(parameter.shape) / 8
            )
    return module
