"""Random trees of random views, in random containers."""

from functools import partial

import torch

from checkpoints.pieces import dice, rand, saved, saved_legacy
from models import TORCH

RANDOM_FILES = 60


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


GROUPS = (random_checkpoints,)
