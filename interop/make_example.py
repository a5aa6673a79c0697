"""Writes examples/tiny-transformer.pt, a training checkpoint as people really save them, and what is in it (.tsv)."""

import os

# The same bits on machines with other vector units.
os.environ["ATEN_CPU_CAPABILITY"] = "default"

import torch
from torch import nn

from common import HERE, escape, write_table
from tensors import described, same_view

EXAMPLES = HERE.parent / "examples"
VOCABULARY, CONTEXT, WIDTH, LAYERS = 256, 32, 32, 2


class Projection(nn.Module):
    """A linear layer that keeps its weight transposed, as GPT-2's Conv1D does: saved as a view with swapped strides."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs).normal_(std=0.02).t())
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1 = nn.LayerNorm(WIDTH)
        self.qkv = Projection(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.ln_2 = nn.LayerNorm(WIDTH)
        self.up = nn.Linear(WIDTH, 4 * WIDTH)
        self.down = nn.Linear(4 * WIDTH, WIDTH)
        self.register_buffer("mask", torch.ones(CONTEXT, CONTEXT, dtype=torch.bool).tril())

    def forward(self, x):
        query, key, value = self.qkv(norm(self.ln_1, x)).chunk(3, dim=-1)
        scores = (query @ key.transpose(-1, -2) / WIDTH**0.5).masked_fill(~self.mask, float("-inf"))
        x = x + self.out(scores.softmax(-1) @ value)
        return x + self.down(nn.functional.gelu(self.up(norm(self.ln_2, x))))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(VOCABULARY, WIDTH)
        self.wpe = nn.Embedding(CONTEXT, WIDTH)
        self.h = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_f = nn.LayerNorm(WIDTH)
        self.lm_head = nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.lm_head.weight = self.wte.weight
        self.register_buffer("position_ids", torch.arange(CONTEXT))

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(self.position_ids)
        for block in self.h:
            x = block(x)
        return self.lm_head(norm(self.ln_f, x))


def norm(layer: nn.LayerNorm, x):
    """Norms stay in F32, as usual in mixed precision."""
    return layer(x.float()).to(torch.bfloat16)


def trained() -> dict:
    """A checkpoint after one step of AdamW."""
    torch.manual_seed(20251122)
    torch.set_num_threads(1)
    model = Transformer()
    nn.init.normal_(model.wte.weight, std=0.02)
    model.to(torch.bfloat16)
    for module in model.modules():
        if isinstance(module, nn.LayerNorm):
            module.float()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100)
    tokens = torch.randint(VOCABULARY, (2, CONTEXT + 1))
    logits = model(tokens[:, :-1])
    loss = nn.functional.cross_entropy(logits.float().flatten(0, 1), tokens[:, 1:].flatten())
    loss.backward()
    optimizer.step()
    scheduler.step()
    return {
        "epoch": 1,
        "global_step": 1,
        "best_loss": loss.item(),
        "config": {"vocabulary": VOCABULARY, "context": CONTEXT, "width": WIDTH, "layers": LAYERS},
        "state_dict": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng_state": torch.get_rng_state(),
    }


def main() -> None:
    path = EXAMPLES / "tiny-transformer.pt"
    torch.save(trained(), path)
    state = torch.load(path, weights_only=True)["state_dict"]
    rows = []
    for name, tensor in state.items():
        twin = next(other for other in state if same_view(state[other], tensor))
        rows.append((escape(name), *described(tensor), "" if twin == name else escape(twin)))
    version = torch.__version__.split("+")[0]
    comments = [
        f"torch {version}, made by interop/make_example.py: the tensors of `state_dict`",
        "name, dtype, shape, sha256 of the contiguous bytes, the tensor whose memory it shares",
    ]
    write_table(EXAMPLES / "tiny-transformer.tsv", comments, rows)


if __name__ == "__main__":
    main()
