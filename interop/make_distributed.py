"""Writes golden/distributed/: checkpoints of torch.distributed.checkpoint, saved by one to four processes (gloo, on CPU),
and distributed.tsv with what torch reads back from them in one process (dcp_to_torch_save, then torch.load)."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
import torch.distributed.checkpoint.filesystem as filesystem
import torch.multiprocessing as mp
from torch.distributed.checkpoint.format_utils import dcp_to_torch_save
from torch.distributed.checkpoint.state_dict import get_model_state_dict, get_optimizer_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import Replicate, Shard, distribute_tensor

from common import GOLDEN, escape, join_shape, sha256, write_table

FOLDER = GOLDEN / "distributed"
DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.uint16: "U16",
    torch.uint32: "U32",
    torch.uint64: "U64",
    torch.bool: "BOOL",
    torch.complex64: "C64",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
    torch.float8_e8m0fnu: "F8_E8M0",
    torch.float4_e2m1fn_x2: "F4",
}


def raw(tensor: torch.Tensor) -> bytes:
    return bytes(tensor.contiguous().flatten().view(torch.uint8).numpy()) if tensor.numel() else b""


def random(shape: tuple[int, ...], dtype: torch.dtype, seed: int) -> torch.Tensor:
    """Random bytes as elements; of bool only 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    count = torch.Size(shape).numel()
    if dtype == torch.bool:
        return torch.randint(0, 2, shape, generator=generator).bool()
    size = torch.empty((), dtype=dtype).element_size()
    return torch.randint(0, 256, (count * size,), generator=generator, dtype=torch.uint8).view(dtype).reshape(shape)


def whole() -> dict:
    """What one process has, of every dtype and some shapes; as the tutorial of torch saves it."""
    model = {str(dtype)[6:]: random((3, 4), dtype, i) for i, dtype in enumerate(DTYPES)}
    model |= {
        "scalar": torch.tensor(2.5),
        "none": torch.empty(0, 3),
        "transposed": random((5, 3), torch.float32, 50).t(),
        "channels_last": random((2, 3, 4, 5), torch.float32, 51).to(memory_format=torch.channels_last),
        "part": random((9, 9), torch.float32, 52)[2:5, 3:8],
        "sub": {"list": [torch.ones(2), torch.zeros(3, dtype=torch.int32)]},
        "extra": {"note": "an object"},
    }
    return {"app": {"model": model, "optim": {"state": {0: {"exp_avg": torch.ones(3)}}, "lr": 0.1}}, "step": 3}


def meshes(placements: dict, names: dict) -> dict:
    """Tensors cut in every way that four processes in a row, or two by two, can cut them."""
    seed = 0
    model = {}
    for shape in [(8, 4), (7, 5), (2, 3), (6,), (3, 5, 7), (2, 4, 3, 2), (1, 9)]:
        for name, (mesh, placement) in placements.items():
            if all(not isinstance(p, Shard) or p.dim < len(shape) for p in placement):
                seed += 1
                tensor = random(shape, [torch.bfloat16, torch.float32][seed % 2], seed)
                model[f"{name}.{'x'.join(map(str, shape))}"] = distribute_tensor(tensor, mesh, placement)
    return names | model


def flat(rank: int) -> dict:
    """No key around the model, whose own names begin with one, as those of transformers do; torchtitan's optimizer."""
    mesh = init_device_mesh("cpu", (2,))
    return {
        "model.embed.weight": distribute_tensor(random((5, 4), torch.bfloat16, 1), mesh, [Shard(0)]),
        "model.norm.weight": distribute_tensor(random((4,), torch.bfloat16, 2), mesh, [Shard(0)]),
        "lm_head.weight": distribute_tensor(random((5, 4), torch.bfloat16, 3), mesh, [Shard(1)]),
        "optimizer": {"state.lm_head.weight.exp_avg": torch.ones(5, 4), "param_groups.lm_head.weight.lr": 0.1},
        "train_state": {"step": torch.tensor(7)},
        "lr_scheduler": {"last_epoch": 3},
    }


def by_mesh(rank: int) -> dict:
    row = init_device_mesh("cpu", (4,))
    grid = init_device_mesh("cpu", (2, 2), mesh_dim_names=("a", "b"))
    return {
        "model": meshes(
            {
                "rows": (row, [Shard(0)]),
                "columns": (row, [Shard(1)]),
                "last": (row, [Shard(2)]),
                "copies": (row, [Replicate()]),
                "grid": (grid, [Shard(0), Shard(1)]),
                "turned": (grid, [Shard(1), Shard(0)]),
                "hybrid": (grid, [Replicate(), Shard(0)]),
                "twice": (grid, [Shard(0), Shard(0)]),
                "inner": (grid, [Shard(1), Shard(2)]),
            },
            {"plain": random((3, 3), torch.float32, 99)},
        )
    }


def fsdp(rank: int) -> dict:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3), torch.nn.BatchNorm1d(3))
    mesh = init_device_mesh("cpu", (2,))
    for layer in model:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.randn(4, 6)).sum().backward()
    optimizer.step()
    return {"model": get_model_state_dict(model), "optim": get_optimizer_state_dict(model, optimizer)}


# Processes, what each saves, options of the writer.
CASES = {
    "single": (1, lambda rank: whole(), {}),
    "mesh": (4, by_mesh, {}),
    "flat": (2, flat, {"thread_count": 2}),
    "fsdp": (2, fsdp, {"single_file_per_rank": False}),
    "unwritable": (1, lambda rank: {"a": torch.ones(2), "b": torch.ones(2, dtype=torch.complex128)}, {}),
    "optimizer": (1, lambda rank: {"optimizer": {"state": {"0": torch.ones(2)}}, "epoch": 3}, {}),
}


def save(rank: int, case: str, rendezvous: str) -> None:
    ranks, state, options = CASES[case]
    filesystem._generate_uuid = lambda: "00000000-0000-0000-0000-000000000000"
    os.chdir(FOLDER)
    dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=ranks)
    dcp.save(state(rank), storage_writer=dcp.FileSystemWriter(case, sync_files=False, **options))
    dist.destroy_process_group()


def leaves(value, path: tuple[str, ...] = ()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, torch.Tensor):
        yield ".".join(path), value
    for key, inner in items:
        yield from leaves(inner, (*path, str(key)))


def read(case: str) -> list[tuple]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "whole.pt"
        dcp_to_torch_save(FOLDER / case, file)
        state = torch.load(file, weights_only=False)
    rows = []
    for name, tensor in leaves(state):
        shape = list(tensor.shape)
        if tensor.dtype == torch.float4_e2m1fn_x2:
            shape[-1] *= 2
        rows.append((case, escape(name), DTYPES.get(tensor.dtype, "-"), join_shape(shape), sha256(raw(tensor))))
    return rows


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    rows = []
    for case, (ranks, _, _) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            mp.spawn(save, (case, str(Path(folder) / "meet")), nprocs=ranks)
        rows += sorted(read(case))
    comments = [
        f"torch {torch.__version__}, Python {sys.version.split()[0]}: every tensor of each folder, as dcp_to_torch_save gives it",
        "folder, name, dtype (- where safetensors has none), shape, sha256 of the bytes",
    ]
    write_table(FOLDER / "distributed.tsv", comments, rows)


if __name__ == "__main__":
    main()
