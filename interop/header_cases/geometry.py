"""Offsets and shapes: holes, overlaps, overflows."""

import itertools

from common import framed
from header_cases.pieces import (
    GOOD,
    info,
    layout,
    u8,
    with_info,
)


def layout_cases():
    a, b, c = u8(0, 4), u8(4, 6), u8(6, 9)
    for order in itertools.permutations((("a", a), ("b", b), ("c", c))):
        yield "order-" + "".join(name for name, _ in order), layout(*order, data=9)
    yield "first-not-at-0", layout(("a", u8(1, 5)), data=5)
    yield "first-not-at-0-exact-size", layout(("a", u8(4, 8)), data=4)
    yield "hole", layout(("a", a), ("b", u8(5, 6)), data=6)
    yield "hole-to-64", layout(("a", a), ("b", u8(64, 66)), data=66)
    yield "hole-in-the-last-byte", layout(("a", a), data=5)
    yield "overlap-one-byte", layout(("a", a), ("b", u8(3, 6)), data=6)
    yield "overlap-inside", layout(("a", a), ("b", u8(1, 3)), data=4)
    yield "same-range-twice", layout(("a", a), ("b", a), data=4)
    yield "same-range-twice-but-size", layout(("a", a), ("b", a), data=8)
    yield "same-begin", layout(("a", u8(0, 2)), ("b", a), data=4)
    yield "same-end", layout(("a", a), ("b", u8(2, 4)), data=4)
    yield "reversed", layout(("a", info("U8", [4], 4, 0)), data=4)
    yield "reversed-empty", layout(("a", info("U8", [0], 1, 0)), data=0)
    yield "reversed-second", layout(("a", a), ("b", info("U8", [2], 4, 2)), data=4)
    yield "one-byte-missing", layout(("a", a), data=3)
    yield "all-bytes-missing", layout(("a", a), data=0)
    yield "one-byte-more", layout(("a", a), data=5)
    yield "eight-bytes-more", layout(("a", a), data=12)
    yield "data-without-tensors", framed("{}", b"x")
    yield "end-past-the-file", layout(("a", u8(0, 9)), data=4)
    for label, offset in (
        ("2^31", 2**31),
        ("2^63", 2**63),
        ("2^64-1", 2**64 - 1),
        ("2^64-8", 2**64 - 8),
    ):
        yield f"end-{label}", layout(("a", info("U8", [offset], 0, offset)), data=4)
        yield f"begin-{label}", layout(("a", info("U8", [0], offset, offset)), data=0)
        yield f"begin-{label}-end-4", layout(("a", info("U8", [4], offset, 4)), data=4)
    for where in range(10):
        empty = info("F32", [0], where, where)
        yield f"empty-at-{where}-first", layout(("e", empty), ("a", a), ("b", b), data=6)
        yield f"empty-at-{where}-last", layout(("a", a), ("b", b), ("e", empty), data=6)
    yield "only-empty", layout(("e", info("F32", [0], 0, 0)), data=0)
    yield "only-empty-at-1", layout(("e", info("F32", [0], 1, 1)), data=1)
    same = [(f"e{i}", info("F64", [0, 7], 4, 4)) for i in range(5)]
    yield "many-empty-at-one-place", layout(("a", a), *same, ("b", b), data=6)
    yield "empty-with-one-byte", layout(("e", info("U8", [0], 0, 1)), data=1)
    yield "full-with-no-byte", layout(("e", info("U8", [1], 0, 0)), data=0)
    yield "unaligned-f64", layout(("a", u8(0, 1)), ("b", info("F64", [1], 1, 9)), data=9)
    yield "data-starts-unaligned", framed(GOOD + " ", bytes(4))
    yield "bool-of-2-and-255", framed('{"a":' + info("BOOL", [2], 0, 2) + "}", b"\x02\xff")
    yield "wrong-total-right-offsets", layout(("a", info("U8", [2], 0, 4)), data=4)
    yield "wrong-order-of-dims", layout(("a", info("F32", [1, 2], 0, 4)), data=4)
    yield "hundred-tensors", layout(*[(f"t{i}", u8(i, i + 1)) for i in range(100)], data=100)


def shape_cases():
    big = 2**63
    shapes = {
        "0,2^63-1,4": [0, big - 1, 4],
        "0,2^63,4": [0, big, 4],
        "0,2^64-1": [0, 2**64 - 1],
        "2^64-1,0": [2**64 - 1, 0],
        "2^62,2,0": [2**62, 2, 0],
        "2^62,4,0": [2**62, 4, 0],
        "2^63,2,0": [big, 2, 0],
        "2^63,4,0": [big, 4, 0],
        "2^63-1,2,0": [big - 1, 2, 0],
        "2^63-1,3,0": [big - 1, 3, 0],
        "2^32,2^32,0": [2**32, 2**32, 0],
        "2^32,0,2^32": [2**32, 0, 2**32],
        "2^32,2^31,0": [2**32, 2**31, 0],
        "2^32,2^32": [2**32, 2**32],
        "2^63": [big],
        "2^61": [2**61],
        "2^61-1": [2**61 - 1],
        "2^60": [2**60],
        "2^64-1": [2**64 - 1],
        "0,0": [0, 0],
        "0": [0],
        "1,0,1": [1, 0, 1],
    }
    for label, shape in shapes.items():
        for dtype in ("U8", "F4", "F64"):
            yield f"{dtype}-{label}", layout(("a", info(dtype, shape, 0, 0)), data=0)
    for rank in (0, 1, 8, 32, 33, 64, 65, 300):
        yield f"rank-{rank}", layout(("a", info("U8", [1] * rank, 0, 1)), data=1)
        yield f"rank-{rank}-of-zeros", layout(("a", info("U8", [0] * rank, 0, 0)), data=0)
    yield "product-wraps-to-1", layout(("a", info("U8", [(2**64 + 1) // 641, 641], 0, 1)), data=1)
    yield "bits-wrap-to-8", layout(("a", info("U8", [2**61 + 1], 0, 1)), data=1)
    for raw in (
        "",
        "[",
        "{}",
        "null",
        "4",
        '"4"',
        "[4,]",
        "[,4]",
        "[4 4]",
        "[null]",
        "[[4]]",
        '["4"]',
        "[true]",
        "[-4]",
    ):
        yield f"raw-{raw}", with_info('{"dtype":"U8","shape":' + raw + ',"data_offsets":[0,4]}')


GROUPS = {"layout": layout_cases, "shape": shape_cases}
