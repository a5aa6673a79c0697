"""Writes golden/deepspeed/: folders as DeepSpeed saves them under ZeRO, and deepspeed.tsv with the tensors in them.

DeepSpeed itself is not needed: the weights of a small model are cut and put under the names that DeepSpeed uses (its
deepspeed/utils/zero_to_fp32.py, commit edaa7221, reads the same), and saved with torch.save. What must come out are the
weights before they were cut. `make_deepspeed.py zero_to_fp32.py` lets that script judge: all tensors must be the same.
"""

import importlib.util
import logging
import math
import shutil
import sys
import types
from collections import OrderedDict
from pathlib import Path

import torch

from common import GOLDEN, escape, join_shape, sha256, write_table

FOLDER = GOLDEN / "deepspeed"
STAGES = {"stage1": (1, 2), "stage2": (2, 3), "stage3": (3, 4), "stage3-one": (3, 1)}


def weights() -> tuple[dict, dict, dict]:
    """Trained in two groups of the optimizer, frozen, and buffers."""
    generator = torch.Generator().manual_seed(1)

    def make(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    decayed = {"wte.weight": make(11, 4), "h.0.attn.weight": make(4, 4), "h.0.mlp.weight": make(7, 4)}
    plain = {"h.0.attn.bias": make(4), "h.0.scale": make(), "h.0.mlp.bias": make(7)}
    frozen = {"wpe.weight": make(5, 3).half(), "head.bias": make(3).half()}
    buffers = {"h.0.mask": torch.ones(2, 2), "h.0.count": torch.tensor(5)}
    return {"decayed": decayed, "plain": plain}, frozen, buffers


def flat(tensors: dict) -> torch.Tensor:
    return torch.cat([tensor.flatten() for tensor in tensors.values()])


def cut(vector: torch.Tensor, ranks: int, align: int) -> list[torch.Tensor]:
    """Equal parts, the end padded with zeros."""
    size = math.ceil(vector.numel() / align) * align
    padded = torch.cat([vector, torch.zeros(size - vector.numel(), dtype=vector.dtype)])
    return [part.clone() for part in padded.chunk(ranks)]


def parts(tensors: dict, ranks: int) -> list[dict]:
    """Of each tensor an equal part for each process, as stage 3 has them."""
    pieces = {name: cut(tensor.flatten(), ranks, ranks) for name, tensor in tensors.items()}
    return [{name: piece[rank] for name, piece in pieces.items()} for rank in range(ranks)]


def model_states(groups: dict, frozen: dict, fragments: dict, buffers: dict, module: dict) -> dict:
    shapes = [OrderedDict((name, tensor.shape) for name, tensor in group.items()) for group in groups.values()]
    return {
        "module": OrderedDict(module | buffers),
        "buffer_names": list(buffers),
        "optimizer": None,
        "param_shapes": shapes,
        "frozen_param_shapes": OrderedDict((name, tensor.shape) for name, tensor in frozen.items()),
        "frozen_param_fragments": OrderedDict(fragments),
        "shared_params": {"lm_head.weight": "wte.weight"},
        "lr_scheduler": None,
        "global_steps": 10,
        "dp_world_size": 1,
        "mp_world_size": 1,
        "ds_config": {"zero_optimization": {}},
        "ds_version": "0.18.0",
    }


def optimizer_states(stage: int, ranks: int, key: str, groups: list[torch.Tensor]) -> dict:
    state = {
        "zero_stage": stage,
        "partition_count": ranks if stage == 3 else [ranks] * len(groups),
        "loss_scaler": {"cur_scale": 1.0},
        "overflow": False,
        key: groups,
    }
    if stage == 3:
        inner = {i: {"exp_avg": torch.zeros_like(group)} for i, group in enumerate(groups)}
        state["optimizer_state_dict"] = {"state": inner, "param_groups": []}
    else:
        state["base_optimizer_state"] = [{"exp_avg": torch.zeros_like(group)} for group in groups]
    return {"optimizer_state_dict": state, "ds_config": {}, "ds_version": "0.18.0"}


def save(case: str, stage: int, ranks: int) -> None:
    folder = FOLDER / case
    folder.mkdir(parents=True)
    groups, frozen, buffers = weights()
    trained = {name: tensor for group in groups.values() for name, tensor in group.items()}
    if stage == 3:
        trained_parts = [parts(group, ranks) for group in groups.values()]
        frozen_parts = parts(frozen, ranks)
    for rank in range(ranks):
        prefix = f"zero_pp_rank_{rank}_mp_rank_00"
        if stage == 3:
            vectors = [flat(group[rank]) for group in trained_parts]
            optimizer = optimizer_states(stage, ranks, "fp32_flat_groups", vectors)
            empty = {name: torch.empty(0, dtype=torch.half) for name in trained | frozen}
            empty["lm_head.weight"] = empty["wte.weight"]
            model = model_states(groups, frozen, frozen_parts[rank], buffers, empty)
            torch.save(model, folder / f"{prefix}_model_states.pt")
        else:
            vectors = [cut(flat(group), ranks, 2 * ranks)[rank] for group in groups.values()]
            optimizer = optimizer_states(stage, ranks, "single_partition_of_fp32_groups", vectors)
        torch.save(optimizer, folder / f"{'bf16_' if stage == 1 else ''}{prefix}_optim_states.pt")
    if stage < 3:
        module = {name: tensor.half() for name, tensor in (trained | frozen).items()}
        module["lm_head.weight"] = module["wte.weight"]
        torch.save(model_states(groups, frozen, frozen, buffers, module), folder / "mp_rank_00_model_states.pt")


def expected() -> dict:
    groups, frozen, buffers = weights()
    return frozen | groups["decayed"] | groups["plain"] | buffers


def row(case: str, name: str, tensor: torch.Tensor) -> tuple:
    kind = {torch.float32: "F32", torch.float16: "F16", torch.int64: "I64"}[tensor.dtype]
    data = tensor.contiguous().flatten().view(torch.uint8).numpy().tobytes()
    return case, escape(name), kind, join_shape(tensor.shape), sha256(data)


def judged_by(script: str) -> None:
    """Runs DeepSpeed's script, which imports little of DeepSpeed: a logger and names of keys, from the files beside it."""
    package = Path(script).resolve().parent.parent
    for name in ("deepspeed", "deepspeed.utils", "deepspeed.checkpoint"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["tqdm"] = types.ModuleType("tqdm")
    sys.modules["tqdm"].tqdm = lambda items, **options: items
    sys.modules["deepspeed.utils"].logger = logging.getLogger("deepspeed")
    for name, file in (("deepspeed.checkpoint.constants", package / "checkpoint/constants.py"), ("judge", Path(script))):
        spec = importlib.util.spec_from_file_location(name, file)
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    for case in STAGES:
        found = sys.modules["judge"]._get_fp32_state_dict_from_zero_checkpoint(str(FOLDER / case), False)
        wanted = expected()
        assert found.keys() == wanted.keys() | {"lm_head.weight"}, found.keys()
        for name, tensor in wanted.items():
            # Its buffers are F32 whatever they were.
            other = found[name].contiguous()
            assert torch.equal(other, tensor.to(other.dtype)), (case, name)
        assert torch.equal(found["lm_head.weight"].contiguous(), wanted["wte.weight"])
        print(f"{case}: the same {len(wanted)} tensors")


def main() -> None:
    if len(sys.argv) > 1:
        return judged_by(sys.argv[1])
    shutil.rmtree(FOLDER, ignore_errors=True)
    rows = []
    for case, (stage, ranks) in STAGES.items():
        save(case, stage, ranks)
        rows += [row(case, name, tensor) for name, tensor in expected().items()]
    comments = [
        f"torch {torch.__version__}: the weights that were cut into the files of each folder",
        "folder, name, dtype, shape, sha256 of the bytes",
    ]
    write_table(FOLDER / "deepspeed.tsv", comments, rows)


if __name__ == "__main__":
    main()
