"""Writes golden/statistics/: tensors of every dtype, and what NumPy says of their values, in double precision.

NumPy's own types, and those of ml_dtypes. F6 is left out: nothing reads it.
"""

import json

import ml_dtypes
import numpy

from common import BITS, GOLDEN, framed, write_table
from models import NUMPY

FOLDER = GOLDEN / "statistics"
COUNT = 120
BINS = 7
TYPES = {
    **NUMPY,
    "F4": ml_dtypes.float4_e2m1fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E8M0": ml_dtypes.float8_e8m0fnu,
    "F8_E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "F8_E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
    "BF16": ml_dtypes.bfloat16,
}
INTEGERS = {"BOOL", "U8", "I8", "I16", "U16", "I32", "U32", "I64", "U64"}


def patterns(name: str, random: numpy.random.Generator) -> numpy.ndarray:
    """Any bits at all: NaNs, infinities and subnormal numbers among them."""
    dtype = numpy.dtype(TYPES[name])
    raw = random.integers(0, 256, COUNT * dtype.itemsize, dtype=numpy.uint8)
    if name == "F4":
        raw &= 15
    if name == "BOOL":
        raw &= 1
    if name == "F64":  # Their squares would be beyond a double.
        raw.view("<u8")[:] &= 0xAFFFFFFFFFFFFFFF
    return raw.view(dtype)


def weights(name: str, random: numpy.random.Generator) -> numpy.ndarray:
    """Numbers as they are in models, zeros of both signs, and a few that are not finite."""
    values = random.normal(0, 0.02, COUNT)
    if name in INTEGERS:
        values = numpy.abs(values * 2000).astype(numpy.int64)
        return values.astype(TYPES[name])
    if name == "C64":
        return (values + 1j * random.normal(3, 1, COUNT)).astype(numpy.complex64)
    if name in ("F16", "BF16", "F32", "F64"):
        values[20:25] = (float("nan"), float("-inf"), float("nan"), float("inf"), float("nan"))
    if name != "F8_E8M0":
        values[5:9] = (0.0, -0.0, 0.0, -0.0)
    return numpy.abs(values).astype(TYPES[name]) if name == "F8_E8M0" else values.astype(TYPES[name])


def far(name: str, random: numpy.random.Generator) -> numpy.ndarray:
    """Far from zero compared with their spread, where a difference of large sums has nothing right in it."""
    return (1e4 + random.normal(0, 0.001, COUNT)).astype(TYPES[name])


def special(name: str) -> numpy.ndarray:
    """Nothing finite."""
    none = [float("nan"), float("inf"), float("-inf"), float("nan")]
    return numpy.array(none).astype(TYPES[name])


def packed(name: str, values: numpy.ndarray) -> bytes:
    if name != "F4":
        return values.tobytes()
    codes = values.view(numpy.uint8)
    return (codes[0::2] | codes[1::2] << 4).tobytes()


def shown(number: object) -> str:
    return str(int(number)) if isinstance(number, (int, numpy.integer)) else repr(float(number))


def described(name: str, values: numpy.ndarray) -> list[str]:
    if name == "C64":
        return described_complex(values)
    wide = values.astype(numpy.float64)
    finite = wide[numpy.isfinite(wide)]
    bounds = ["-", "-"]
    if len(finite):
        exact = values if name in INTEGERS else finite
        bounds = [shown(exact.min() + 0), shown(exact.max() + 0)]
        if name == "BOOL":
            bounds = [str(int(exact.min())), str(int(exact.max()))]
    numbers = [finite.mean(), finite.std(), numpy.linalg.norm(finite)] if len(finite) else []
    counts = [(wide == 0).sum(), numpy.isnan(wide).sum(), numpy.isinf(wide).sum()]
    histogram = "-"
    if len(finite):
        histogram = ",".join(str(count) for count in numpy.histogram(finite, BINS)[0])
    return [
        str(len(values)),
        *bounds,
        *([repr(float(number)) for number in numbers] or ["-"] * 3),
        *[str(count) for count in counts],
        histogram,
    ]


def described_complex(values: numpy.ndarray) -> list[str]:
    wide = values.astype(numpy.complex128)
    finite = wide[numpy.isfinite(wide)]
    numbers = [finite.std(), numpy.linalg.norm(finite)] if len(finite) else []
    nan = numpy.isnan(wide)
    return [
        str(len(values)),
        *["-"] * 3,
        *([repr(float(number)) for number in numbers] or ["-"] * 2),
        *[str(count) for count in ((wide == 0).sum(), nan.sum(), (numpy.isinf(wide) & ~nan).sum())],
        "-",
    ]


def compared(name: str, a: numpy.ndarray, b: numpy.ndarray) -> list[str]:
    """Of b - a, relative to a."""
    wide = numpy.complex128 if name == "C64" else numpy.float64
    a, b = a.astype(wide), b.astype(wide)
    nan_a, nan_b = numpy.isnan(a), numpy.isnan(b)
    infinite = ~(nan_a | nan_b) & (numpy.isinf(a) | numpy.isinf(b)) & (a != b)
    rest = numpy.isfinite(a) & numpy.isfinite(b)
    a, b = a[rest], b[rest]
    sizes = numpy.abs(b - a)
    norm = numpy.linalg.norm
    numbers = [sizes.max(), sizes.mean(), norm(b - a)]
    if norm(a) > 0:
        numbers.append(norm(b - a) / norm(a))
    if norm(a) * norm(b) > 0:
        numbers.append(numpy.vdot(a, b).real / norm(a) / norm(b))
    shown = [repr(float(number)) for number in numbers]
    shown += ["-"] * (5 - len(shown))
    return [*shown, str((nan_a != nan_b).sum()), str(infinite.sum())]


def main() -> None:
    random = numpy.random.default_rng(20261125)
    header, data, rows, pairs = {}, b"", [], []
    made = {}
    for dtype in sorted(TYPES, key=list(BITS).index):
        cases = {"patterns": patterns(dtype, random), "weights": weights(dtype, random)}
        cases["empty"] = cases["weights"][:0]
        if dtype in ("F32", "F64"):
            cases["far"] = far(dtype, random)
        if dtype in ("F16", "BF16", "F32", "F64", "C64", "F8_E5M2"):
            cases["special"] = special(dtype)
        made[dtype] = cases
        with numpy.errstate(all="ignore"):
            pairs.append(
                (f"{dtype}.patterns", f"{dtype}.weights", *compared(dtype, cases["patterns"], cases["weights"]))
            )
        for case, values in cases.items():
            raw = packed(dtype, values)
            header[f"{dtype}.{case}"] = {
                "dtype": dtype,
                "shape": [len(values)],
                "data_offsets": [len(data), len(data) + len(raw)],
            }
            data += raw
            with numpy.errstate(all="ignore"):
                rows.append([f"{dtype}.{case}", *described(dtype, values)])
    for one, other in (("F32", "BF16"), ("BF16", "F8_E4M3"), ("F64", "F16"), ("I64", "F32"), ("F16", "F32")):
        pair = compared(one, made[one]["weights"], made[other]["weights"])
        pairs.append((f"{one}.weights", f"{other}.weights", *pair))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "values.safetensors").write_bytes(framed(text, data))
    comments = [
        f"NumPy {numpy.__version__}, ml_dtypes {ml_dtypes.__version__}, made by make_statistics.py",
        f"tensor, count, min, max, mean, std, l2, zeros, nan, inf, histogram of {BINS} bins; - for none",
    ]
    write_table(FOLDER / "values.tsv", comments, [tuple(row) for row in rows])
    comments[1] = "a, b, max_abs, mean_abs, l2, rel_l2, cosine of b - a; NaN and infinite on one side alone"
    write_table(FOLDER / "comparisons.tsv", comments, pairs)


if __name__ == "__main__":
    main()
