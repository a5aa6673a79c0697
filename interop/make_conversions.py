"""Writes golden/conversions/: what torch makes of floating point numbers that are widened, narrowed and rounded.

NaNs are written as `nan`: which of the many NaNs comes out depends on the machine's vector unit, in torch too.
"""

import random

import numpy
import torch

from common import GOLDEN, sha256, write_table

FOLDER = GOLDEN / "conversions"
SMALL = {
    "F8_E5M2": torch.float8_e5m2,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E8M0": torch.float8_e8m0fnu,
    "F8_E4M3FNUZ": torch.float8_e4m3fnuz,
    "F8_E5M2FNUZ": torch.float8_e5m2fnuz,
}
MADE_BY = f"torch {torch.__version__.split('+')[0]}, made by make_conversions.py; all numbers are bits in hex"


def f32_bits(tensor: torch.Tensor) -> list[int]:
    return [bits & 0xFFFFFFFF for bits in tensor.to(torch.float32).view(torch.int32).tolist()]


def shown(bits: int, is_nan: bool, digits: int) -> str:
    return "nan" if is_nan else f"{bits:0{digits}x}"


def widening_from_16_bits() -> None:
    """All 65,536 patterns in ascending order, as one hash of the little-endian F32 results."""
    patterns = torch.arange(65536, dtype=torch.int32).to(torch.int16)
    rows = []
    for name, dtype in (("BF16", torch.bfloat16), ("F16", torch.float16)):
        wide = patterns.view(dtype).to(torch.float32)
        numbers = wide[~wide.isnan()]
        if dtype is torch.bfloat16:  # Sixteen zeros are appended, to NaNs as well.
            rows.append((name, "all", len(wide), sha256(wide.numpy().astype("<f4").tobytes())))
        rows.append(
            (name, "non-nan", len(numbers), sha256(numbers.numpy().astype("<f4").tobytes()))
        )
    columns = "dtype, which patterns, how many, sha256 of their F32 values"
    write_table(FOLDER / "widening.tsv", [MADE_BY, columns], rows)


def widening_from_8_bits() -> None:
    patterns = torch.arange(256, dtype=torch.int32).to(torch.uint8)
    rows = []
    for name, dtype in SMALL.items():
        wide = patterns.view(dtype).to(torch.float32)
        for pattern, bits, is_nan in zip(range(256), f32_bits(wide), wide.isnan(), strict=True):
            rows.append((name, f"{pattern:02x}", shown(bits, is_nan, 8)))
    write_table(FOLDER / "widening8.tsv", [MADE_BY, "dtype, pattern, F32"], rows)


def awkward_f32() -> list[int]:
    """Ties and their neighbours for BF16 (16 bits cut off) and F16 (13 and more), at every kind of exponent."""
    found = set()
    for exponent in (0, 1, 2, 63, 126, 127, 128, 200, 253, 254, 255):
        for high in (0, 1, 2, 0x3F, 0x40, 0x7E, 0x7F):
            for low in (0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF):
                found.add(exponent << 23 | high << 16 | low)
    for exponent in (*range(99, 116), 126, 127, 128, *range(140, 145)):
        for high in (0, 1, 2, 0x1FF, 0x3FE, 0x3FF):
            for low in (0, 1, 0xFFF, 0x1000, 0x1001, 0x1FFF):
                found.add(exponent << 23 | high << 13 | low)
    for exponent in range(
        101, 114
    ):  # F16 subnormals: a tie is one set bit below the last kept one.
        cut = min(13 + 113 - exponent, 24)
        for mantissa in (
            0,
            1 << 22,
            3 << 21,
            1 << cut - 1,
            3 << cut - 1,
            (1 << cut - 1) + 1,
            (1 << cut - 1) - 1,
        ):
            found.add(exponent << 23 | mantissa & 0x7FFFFF)
    found.update(
        (0x477FE000, 0x477FEFFF, 0x477FF000, 0x477FF001, 0x7F7F7FFF, 0x7F7F8000, 0x7F7FFFFF)
    )
    dice = random.Random(3)
    found.update(dice.getrandbits(31) for _ in range(300))
    found.update(dice.randrange(0x33000000, 0x47800000) for _ in range(300))
    return sorted(bits | sign for bits in found for sign in (0, 0x80000000))


def narrowing_from_f32() -> None:
    patterns = awkward_f32()
    values = torch.tensor(patterns, dtype=torch.int64).to(torch.int32).view(torch.float32)
    write_narrowed("narrowing.tsv", "F32", 8, patterns, values, ("BF16", "F16"))


def narrowing_from_f64() -> None:
    """torch rounds F64 to F32 first, and then again: 1 + 2^-8 + 2^-40 becomes 1 in BF16, not 1 + 2^-7."""
    dice = random.Random(4)
    values = [
        1 + 2.0**-8 + 2.0**-40,
        1 + 2.0**-8 - 2.0**-40,
        1 + 2.0**-11 + 2.0**-40,
        1 + 2.0**-24 + 2.0**-50,
    ]
    values += [
        0.0,
        5e-324,
        1e-45,
        7e-46,
        1e-38,
        3.4028235677973366e38,
        3.4028235677973362e38,
        1e300,
        65519.99,
        65520.0,
    ]
    values += [float("inf"), float("nan")]
    values += [dice.uniform(0, 2) * 2.0 ** dice.randint(-160, 140) for _ in range(100)]
    values += [dice.uniform(0, 2) * 2.0 ** dice.randint(-28, 18) for _ in range(100)]
    tensor = torch.tensor(
        [sign * value for value in values for sign in (1, -1)], dtype=torch.float64
    )
    patterns = [bits & (1 << 64) - 1 for bits in tensor.view(torch.int64).tolist()]
    write_narrowed("narrowing64.tsv", "F64", 16, patterns, tensor, ("F32", "BF16", "F16"))


def write_narrowed(file, source, digits, patterns, values, targets) -> None:
    columns = []
    for target in targets:
        dtype, width = {
            "F32": (torch.float32, torch.int32),
            "BF16": (torch.bfloat16, torch.int16),
            "F16": (torch.float16, torch.int16),
        }[target]
        narrow = values.to(dtype)
        size = narrow.element_size() * 8
        bits = [b & (1 << size) - 1 for b in narrow.view(width).tolist()]
        columns.append([shown(b, n, size // 4) for b, n in zip(bits, narrow.isnan(), strict=True)])
    rows = [(f"{p:0{digits}x}", *row) for p, *row in zip(patterns, *columns, strict=True)]
    write_table(FOLDER / file, [MADE_BY, ", ".join((source, *targets))], rows)


# Every multiple of 2^12 among the patterns of F32, and its two neighbours: on both sides of every number of a narrower
# type, and of every boundary between two.
def dense_f32() -> numpy.ndarray:
    multiples = numpy.arange(1 << 20, dtype=numpy.int64) << 12
    return (multiples[:, None] + [-1, 0, 1]).astype(numpy.uint32).ravel()


# The same for F64: the multiples of 2^41 with those exponents at which a narrower type begins or ends, and at some
# between; and neighbours at which rounding once or twice makes a difference (a bit of F32 is 2^29).
def dense_f64() -> numpy.ndarray:
    exponents = [0, 1, 500, *range(870, 900), *range(990, 1045), *range(1148, 1153), 1500, 2046, 2047]
    offsets = [-(1 << 28) - 1, -(1 << 28), -1, 0, 1, 1 << 28, (1 << 28) + 1]
    multiples = numpy.arange(1 << 11, dtype=numpy.int64) << 41
    positive = (numpy.array(exponents) << 52)[:, None, None] + multiples[:, None] + offsets
    return numpy.concatenate([positive.ravel(), positive.ravel() | numpy.int64(-1 << 63)])


ALL = {
    "F64": (torch.float64, "<u8"),
    "F32": (torch.float32, "<u4"),
    "F16": (torch.float16, "<u2"),
    "BF16": (torch.bfloat16, "<u2"),
    **{name: (dtype, "u1") for name, dtype in SMALL.items()},
}


def casting() -> None:
    """Which NaN stands in more than 8 bits depends on the machine, so that all ones stand for each."""
    patterns = {
        "F64": dense_f64(),
        "F32": dense_f32(),
        "F16": numpy.arange(1 << 16),
        "BF16": numpy.arange(1 << 16),
        **{name: numpy.arange(1 << 8) for name in SMALL},
    }
    rows = []
    for source, numbers in patterns.items():
        dtype, layout = ALL[source]
        bytes_ = numbers.astype(layout).tobytes()
        values = torch.frombuffer(bytearray(bytes_), dtype=dtype)
        for target, (narrow, shown_as) in ALL.items():
            if target == source:
                continue
            result = values.to(narrow)
            bits = numpy.frombuffer(result.view(torch.uint8).numpy().tobytes(), shown_as).copy()
            if bits.itemsize > 1:
                bits[result.isnan().numpy()] = numpy.iinfo(bits.dtype).max
            rows.append((source, target, len(values), sha256(bytes_), sha256(bits.tobytes())))
    columns = "source, target, how many, sha256 of the inputs, sha256 of the outputs"
    write_table(FOLDER / "casting.tsv", [MADE_BY, columns], rows)


if __name__ == "__main__":
    casting()
    widening_from_16_bits()
    widening_from_8_bits()
    narrowing_from_f32()
    narrowing_from_f64()
