"""Writes golden/quantized/: weights with the scales that quantizers put beside them, and what torch makes of both.

Each value is a code times its scale, multiplied in F32 and rounded once to the target. Where there are two scales they are
made one first, in F32: multiplied as ModelOpt has them, divided as compressed-tensors has them, which stores the inverse.
E2M1 and E8M0 are torch's own tables of codes; the two codes of a byte are taken low half first, as gpt-oss does.
"""

import json

import torch
from safetensors.torch import save_file

from common import GOLDEN, write_table
from models import TORCH
from tensors import described

FOLDER = GOLDEN / "quantized"
MADE_BY = f"torch {torch.__version__.split('+')[0]}, made by make_quantized.py"
E2M1 = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6])
E2M1[8] = -0.0
TARGETS = ("BF16", "F16", "F32")

dice = torch.Generator().manual_seed(29)


def fp8(*shape: int, dtype: torch.dtype = torch.float8_e4m3fn) -> torch.Tensor:
    """Every code but NaN and infinity, each as likely."""
    codes = torch.randint(0, 256, shape, generator=dice, dtype=torch.int32).to(torch.uint8)
    values = codes.view(dtype).to(torch.float32)
    return torch.where(values.isfinite(), codes, torch.tensor(0x31, dtype=torch.uint8)).view(dtype)


def packed(*shape: int) -> torch.Tensor:
    return torch.randint(0, 256, shape, generator=dice, dtype=torch.int32).to(torch.uint8)


def scales(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return (torch.rand(shape, generator=dice) * 0.02 + 1e-4).to(dtype)


def unpacked(codes: torch.Tensor) -> torch.Tensor:
    """Two values a byte, in the last dimension."""
    return E2M1[torch.stack((codes & 15, codes >> 4), dim=-1).flatten(-2).long()]


def e8m0(exponents: torch.Tensor) -> torch.Tensor:
    return exponents.view(torch.float8_e8m0fnu).to(torch.float32)


def blockwise(weight: torch.Tensor, scale: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """As DeepSeek's weight_dequant, whose last blocks may be cut off."""
    spread = scale.to(torch.float32).repeat_interleave(rows, -2).repeat_interleave(columns, -1)
    return weight.to(torch.float32) * spread[..., : weight.shape[-2], : weight.shape[-1]]


def grouped(values: torch.Tensor, scale: torch.Tensor, size: int) -> torch.Tensor:
    return values * scale.repeat_interleave(size, -1)


def per_tensor() -> tuple[dict, dict]:
    weight, scale = fp8(5, 7), scales()
    other, one = fp8(6, dtype=torch.float8_e5m2), scales(1, dtype=torch.bfloat16)
    experts, each = fp8(3, 4, 5), scales(3)
    return (
        {
            "l.weight": weight,
            "l.weight_scale": scale,
            "l.input_scale": scales(),
            "m.weight": other,
            "m.weight_scale": one,
            "e.w1": experts,
            "e.w1_scale": each,
            "norm.weight": torch.ones(4, dtype=torch.bfloat16),
        },
        {
            "l.weight": weight.to(torch.float32) * scale,
            "m.weight": other.to(torch.float32) * one.to(torch.float32),
            "e.w1": experts.to(torch.float32) * each[:, None, None],
        },
    )


def per_row() -> tuple[dict, dict]:
    a, column = fp8(9, 33), scales(9, 1)
    b, flat = fp8(4, 20), scales(4, dtype=torch.bfloat16)
    c, experts = fp8(2, 3, 40), scales(2, 3, 1)
    d, columns = fp8(2, 4, 6), scales(2, 1, 6)
    return (
        {
            "a.weight": a,
            "a.weight_scale": column,
            "b.weight": b,
            "b.weight_scale": flat,
            "c.weight": c,
            "c.weight_scale": experts,
            "d.weight": d,
            "d.weight_scale": columns,
        },
        {
            "a.weight": a.to(torch.float32) * column,
            "b.weight": b.to(torch.float32) * flat.to(torch.float32)[:, None],
            "c.weight": c.to(torch.float32) * experts,
            "d.weight": d.to(torch.float32) * columns,
        },
    )


def blocks() -> tuple[dict, dict]:
    """Ragged at both edges, one block alone, and experts in one tensor."""
    a, of_a = fp8(130, 260), scales(2, 3)
    b, of_b = fp8(100, 40), scales(1, 1)
    c, of_c = fp8(2, 129, 128), scales(2, 2, 1)
    d, of_d = fp8(256, 130), torch.randint(110, 130, (2, 2), generator=dice, dtype=torch.uint8)
    return (
        {
            "a.weight": a,
            "a.weight_scale_inv": of_a,
            "b.weight": b,
            "b.weight_scale_inv": of_b,
            "c.weight": c,
            "c.weight_scale_inv": of_c,
            "d.weight": d,
            "d.scale": of_d.view(torch.float8_e8m0fnu),
        },
        {
            "a.weight": blockwise(a, of_a, 128, 128),
            "b.weight": blockwise(b, of_b, 128, 128),
            "c.weight": blockwise(c, of_c, 128, 128),
            "d.weight": blockwise(d, e8m0(of_d), 128, 128),
        },
    )


def small_blocks() -> tuple[dict, dict]:
    """Of 48 rows and 32 columns, which config.json says."""
    a, of_a = fp8(100, 70), scales(3, 3)
    return {"a.weight": a, "a.weight_scale_inv": of_a}, {"a.weight": blockwise(a, of_a, 48, 32)}


def mxfp4() -> tuple[dict, dict]:
    """Exponents from end to end, but for NaN; as gpt-oss, as OpenAI's own files, and in the format's own types."""
    blocks = packed(2, 6, 3, 16)
    exponents = torch.randint(0, 255, (2, 6, 3), generator=dice, dtype=torch.int32).to(torch.uint8)
    usual = torch.randint(118, 129, (4, 2), generator=dice, dtype=torch.int32).to(torch.uint8)
    halves, fours, eights = packed(4, 2, 16), packed(4, 32), fp8(4, 64)
    return (
        {
            "e.gate_up_proj_blocks": blocks,
            "e.gate_up_proj_scales": exponents,
            "mlp.mlp1_weight.blocks": halves,
            "mlp.mlp1_weight.scales": usual,
            "f.weight": fours.view(torch.float4_e2m1fn_x2),
            "f.weight_scale": usual.view(torch.float8_e8m0fnu),
            "g.weight_packed": fours,
            "g.weight_scale": usual,
            "h.weight": eights,
            "h.weight_scale": usual,
        },
        {
            "e.gate_up_proj": grouped(unpacked(blocks).flatten(-2), e8m0(exponents), 32),
            "mlp.mlp1_weight": grouped(unpacked(halves).flatten(-2), e8m0(usual), 32),
            "f.weight": grouped(unpacked(fours), e8m0(usual), 32),
            "g.weight": grouped(unpacked(fours), e8m0(usual), 32),
            "h.weight": grouped(eights.to(torch.float32), e8m0(usual), 32),
        },
    )


def nvfp4() -> tuple[dict, dict]:
    a, b, c = packed(5, 24), packed(3, 16), packed(2, 3, 8)
    of_a, of_b, of_c = (
        fp8(*shape).view(torch.uint8).bitwise_and(0x7F).view(torch.float8_e4m3fn)
        for shape in ((5, 3), (3, 2), (2, 3, 1))
    )
    second, inverse, each = scales() * 1e-3, torch.tensor([2688.0 / 3]), scales(2) * 1e-3
    return (
        {
            "a.weight": a,
            "a.weight_scale": of_a,
            "a.weight_scale_2": second,
            "b.weight_packed": b,
            "b.weight_scale": of_b,
            "b.weight_global_scale": inverse,
            "c.weight": c,
            "c.weight_scale": of_c,
            "c.weight_scale_2": each,
        },
        {
            "a.weight": grouped(unpacked(a), of_a.to(torch.float32) * second, 16),
            "b.weight": grouped(unpacked(b), of_b.to(torch.float32) / inverse, 16),
            "c.weight": grouped(unpacked(c), of_c.to(torch.float32) * each[:, None, None], 16),
        },
    )


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = []
    for case in (per_tensor, per_row, blocks, small_blocks, mxfp4, nvfp4):
        inputs, wide = case()
        file = case.__name__.replace("_", "-") + ".safetensors"
        save_file({name: tensor.clone() for name, tensor in inputs.items()}, FOLDER / file)
        for name, values in wide.items():
            assert not values.isnan().any()
            for target in TARGETS:
                rows.append((file, name, *described(values.to(TORCH[target]))))
                if file == "mxfp4.safetensors" and "proj" in name:
                    swapped = values.to(TORCH[target]).transpose(-1, -2)
                    rows.append((file, name + " swapped", *described(swapped)))
    config = {"quantization_config": {"quant_method": "fp8", "weight_block_size": [48, 32]}}
    (FOLDER / "config.json").write_text(json.dumps(config) + "\n", encoding="ascii")
    write_table(
        FOLDER / "quantized.tsv",
        [MADE_BY, "file, name, dtype, shape, sha256 of the values; 'swapped': the last two axes"],
        rows,
    )


if __name__ == "__main__":
    main()
