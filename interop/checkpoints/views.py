"""Every dtype, every kind of view, and tensors that share memory."""

from functools import partial

import torch

from checkpoints.pieces import bits, rand, saved, saved_legacy
from models import TORCH


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


GROUPS = (
    dtypes,
    views,
    shared,
)
