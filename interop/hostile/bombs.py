"""Small pickles that would grow without bound, and counts that promise more than there is."""

import struct

from hostile.base import GOOD, with_good
from hostile.pickle_assembly import (
    DUP,
    HOOKS,
    MARK,
    NONE,
    POP,
    PROTO2,
    PROTO4,
    TRUE,
    checkpoint,
    get,
    global_,
    program,
    put,
    reduce_,
    tensor,
    text,
    value,
)


def doubled(start: bytes, step: bytes, times: int) -> bytes:
    return start + step * times


def bombs():
    """Small files that would grow without bound."""

    def case(
        name: str, verdict: str, why: str, body: bytes, proto: bytes = PROTO2, deflate: bool = False
    ):
        return name, verdict, why, checkpoint(program(body, proto), deflate=deflate)

    pair = put(1) + POP + b"](" + get(1) + get(1) + b"e"
    yield case(
        "laughs-lists",
        "refuse",
        "2^60 paths to one tensor through lists",
        doubled(b"](" + tensor() + b"e", pair, 60),
    )
    yield case(
        "laughs-lists-empty", "either", "2^60 paths to an empty list", doubled(b"]", pair, 60)
    )
    pair = put(1) + POP + b"}(" + text("a") + get(1) + text("b") + get(1) + b"u"
    yield case(
        "laughs-dicts",
        "refuse",
        "2^60 paths to one tensor through dicts",
        doubled(value(GOOD), pair, 60),
    )
    pair = put(1) + POP + get(1) + get(1) + b"\x86"
    yield case(
        "laughs-tuples",
        "refuse",
        "2^60 paths to one tensor through tuples",
        doubled(value((tensor(),)), pair, 60),
    )
    yield case(
        "laughs-beside",
        "either",
        "2^60 paths to nothing, beside a good tensor",
        with_good(doubled(b"]", put(1) + POP + b"](" + get(1) + get(1) + b"e", 60)),
    )
    key = doubled(b")", DUP + b"\x86", 60)
    yield case(
        "hash-key",
        "either",
        "a dictionary key that takes 2^60 steps to hash",
        with_good(b"}" + key + NONE + b"s"),
    )
    yield case(
        "hash-set",
        "either",
        "a set item that takes 2^60 steps to hash",
        with_good(b"\x8f(" + key + b"\x90"),
        PROTO4,
    )
    yield case(
        "hash-frozenset",
        "either",
        "the same in a frozenset",
        with_good(MARK + key + b"\x91"),
        PROTO4,
    )
    wide = b"".join(put(i) + POP + b"](" + get(i - 1) * 10 + b"e" for i in range(2, 12))
    yield case(
        "laughs-ten-wide",
        "refuse",
        "10^10 paths to one tensor",
        b"](" + tensor() + b"e" + put(1) + POP + b"](" + get(1) * 10 + b"e" + wide,
    )
    long_key = text("k" * 1000)
    pair = put(1) + POP + b"}(" + long_key + get(1) + text("b") + get(1) + b"u"
    yield case(
        "long-names",
        "refuse",
        "nested long keys: names of gigabytes",
        doubled(value(GOOD), pair, 18),
    )
    chain = (
        long_key
        + put(5)
        + POP
        + b"".join(b"}" + get(5) for _ in range(150))
        + value(GOOD)
        + b"s" * 150
    )
    yield case("one-long-name", "either", "one name of 150,000 characters", chain)
    many = b"}(" + b"".join(text(f"{i}") + get(7) for i in range(2000)) + b"u"
    yield case(
        "many-twins", "either", "2,000 names for the same tensor", tensor() + put(7) + POP + many
    )

    yield case("memo-index", "either", "memo index 2^32-1", with_good(NONE + put(2**32 - 1)))
    yield case(
        "memo-text-index",
        "refuse",
        "memo index of 30 digits",
        with_good(NONE + b"p" + b"9" * 30 + b"\n"),
    )
    yield case("memo-negative", "refuse", "memo index -1", with_good(NONE + b"p-1\n"))
    yield case(
        "memo-many",
        "either",
        "4,000 memo entries",
        with_good(NONE + b"".join(put(i * 65537 % 2**32) for i in range(4000))),
        deflate=True,
    )
    yield case(
        "memoize-many",
        "either",
        "2,000,000 MEMOIZE",
        with_good(NONE + b"\x94" * 2_000_000),
        PROTO4,
        deflate=True,
    )

    for name, raw in {
        "marks": MARK * 100_000,
        "tuples": b")" + b"\x85" * 100_000,
        "lists": b"]" * 100_000 + b"a" * 99_999,
        "dicts": b"}" + (text("k") + b"}") * 20_000 + b"s" * 20_000,
        "sets": b"(" * 50_000 + b"\x91" * 50_000,
        "reduces": global_("collections", "OrderedDict")
        + put(1)
        + POP
        + (get(1) + MARK) * 20_000
        + b"tR" * 20_000,
        "pids": b"U\x01x" + b"Q" * 50_000,
        "builds": value(GOOD) + b"}b" * 50_000,
        "parameters": (global_("torch._utils", "_rebuild_parameter") + MARK) * 2000
        + tensor()
        + (TRUE + HOOKS + b"tR") * 2000,
    }.items():
        yield case(
            f"deep-{name}",
            "either",
            f"{name} nested very deeply",
            raw,
            PROTO4 if name == "sets" else PROTO2,
            deflate=True,
        )
        yield case(
            f"deep-{name}-beside",
            "either",
            f"{name} nested very deeply, beside a good tensor",
            with_good(raw + (b"1" if name == "marks" else b"")),
            PROTO4 if name == "sets" else PROTO2,
            deflate=True,
        )
    yield case("mark-flood", "refuse", "20,000,000 MARKs in 20 kB", MARK * 20_000_000, deflate=True)
    yield case(
        "none-flood",
        "either",
        "10,000,000 times NONE, nothing popped",
        NONE * 10_000_000,
        deflate=True,
    )
    yield case(
        "nothing-flood",
        "either",
        "5,000,000 times NONE and POP",
        (NONE + POP) * 5_000_000 + value(GOOD),
        deflate=True,
    )
    yield case(
        "zero-flood",
        "refuse",
        "8,000,000 zero bytes for a pickle",
        bytes(20_000_000),
        b"",
        deflate=True,
    )
    yield case(
        "string-flood",
        "either",
        "a string of 10,000,000 characters",
        with_good(text("x" * 10_000_000)),
        deflate=True,
    )
    yield case(
        "dup-flood", "either", "5,000,000 times DUP of a dict", b"}" + DUP * 5_000_000, deflate=True
    )
    yield case(
        "list-flood",
        "either",
        "a list of 5,000,000 times None",
        with_good(b"](" + NONE * 5_000_000 + b"e"),
        deflate=True,
    )
    yield case(
        "dict-flood",
        "either",
        "one key set 1,000,000 times",
        with_good(b"}(" + b"K\x01N" * 1_000_000 + b"u"),
        deflate=True,
    )
    yield case(
        "empty-dict-flood",
        "either",
        "5,000,000 empty dicts in a list",
        with_good(b"](" + b"}" * 5_000_000 + b"e"),
        deflate=True,
    )
    yield case(
        "long-decimal",
        "either",
        "LONG of 200,000 decimal digits",
        with_good(b"L" + b"7" * 200_000 + b"L\n"),
        deflate=True,
    )
    yield case(
        "int-decimal",
        "either",
        "INT of 200,000 decimal digits",
        with_good(b"I" + b"7" * 200_000 + b"\n"),
        deflate=True,
    )
    yield case(
        "float-decimal",
        "either",
        "FLOAT of 200,000 decimal digits",
        with_good(b"F" + b"7" * 200_000 + b"\n"),
        deflate=True,
    )
    yield case(
        "long4-decimal",
        "either",
        "LONG4 of 1,000,000 bytes",
        with_good(b"\x8b" + struct.pack("<i", 1_000_000) + b"\x7f" * 1_000_000),
        deflate=True,
    )
    yield case(
        "bytearray-call",
        "either",
        "bytearray(2^40)",
        with_good(reduce_(global_("builtins", "bytearray"), 2**40)),
    )
    yield case(
        "bytes-call",
        "either",
        "bytes(2^40)",
        with_good(reduce_(global_("builtins", "bytes"), 2**40)),
    )
    yield case(
        "encode-call",
        "either",
        "_codecs.encode of an unknown encoding",
        with_good(reduce_(global_("_codecs", "encode"), "x" * 1000, "zlib")),
    )
    yield case(
        "range-call",
        "either",
        "set(range(2^40))",
        with_good(
            reduce_(global_("builtins", "set"), reduce_(global_("builtins", "range"), 2**40))
        ),
    )


def lengths():
    """Counts that promise more than there is."""
    for name, opcode, form, sizes in (
        ("binunicode", b"X", "<I", (2**32 - 1, 2**31, 1000)),
        ("binunicode8", b"\x8d", "<Q", (2**62, 2**63, 2**64 - 1, 2**32 + 5, 1000)),
        ("binbytes", b"B", "<I", (2**32 - 1, 2**31, 1000)),
        ("binbytes8", b"\x8e", "<Q", (2**62, 2**63, 2**64 - 1, 1000)),
        ("bytearray8", b"\x96", "<Q", (2**62, 2**63, 2**64 - 1, 1000)),
        ("binstring", b"T", "<i", (2**31 - 1, -1, -(2**31), 1000)),
        ("short-binunicode", b"\x8c", "<B", (255,)),
        ("short-binbytes", b"C", "<B", (255,)),
        ("short-binstring", b"U", "<B", (255,)),
        ("long1", b"\x8a", "<B", (255,)),
        ("long4", b"\x8b", "<i", (2**31 - 1, -1, -(2**31), 1000)),
        ("frame", b"\x95", "<Q", (2**62, 2**63, 2**64 - 1, 1000)),
    ):
        for size in sizes:
            body = with_good(opcode + struct.pack(form, size) + b"abc")
            proto = b"\x80\x05"
            yield (
                f"{name}-{size}",
                "refuse",
                f"{name} of {size} bytes, three are there",
                checkpoint(program(body, proto)),
            )
    inside = program(b"\x95" + struct.pack("<Q", 3) + with_good(NONE), PROTO4)
    yield "frame-too-short", "either", "a frame that ends inside an opcode", checkpoint(inside)
    yield (
        "frame-of-nothing",
        "either",
        "a frame of 0 bytes",
        checkpoint(program(b"\x95" + bytes(8) + with_good(NONE), PROTO4)),
    )


GROUPS = (
    bombs,
    lengths,
)
