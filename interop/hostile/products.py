"""Two harmless things that multiply: what is long, and what refers to it often."""

import struct
from itertools import product

from hostile.base import GOOD, with_good
from hostile.pickle_assembly import (
    MARK,
    NONE,
    POP,
    PROTO4,
    checkpoint,
    get,
    global_,
    program,
    put,
    reduce_,
    storage,
    tensor,
    text,
    value,
)

BYTES = global_("torch", "ByteStorage")


def often(thing: bytes, times: int) -> bytes:
    """A list with the same value again and again, beside a good tensor."""
    return value({"state_dict": value(GOOD) + put(9) + POP + thing + put(1) + POP + listed(times)})


def listed(times: int) -> bytes:
    return b"}(" + text("good") + get(9) + text("all") + b"](" + get(1) * times + b"e" + b"u"


def numbered(times: int, entry: bytes) -> bytes:
    """A dict of so many numbers as keys."""
    return b"}(" + b"".join(b"J" + struct.pack("<i", i) + entry for i in range(times)) + b"u"


def module(parameters: bytes, transient: bytes, extra: bytes = b"") -> bytes:
    parts = {"_parameters": parameters, "_buffers": b"}", "_modules": b"}"}
    state = b"}(" + b"".join(text(k) + v for k, v in parts.items())
    return (
        reduce_(global_("models", "Net"))
        + state
        + text("_non_persistent_buffers_set")
        + transient
        + extra
        + b"ub"
    )


def same_hash(count: int) -> bytes:
    """Texts and numbers whose hash codes in Java are all the same, in turn."""
    texts = ["".join(pairs) for pairs in product(("Aa", "BB"), repeat=14)][:count]
    code = 0
    for c in texts[0]:
        code = (31 * code + ord(c)) % 2**32
    entries = []
    for high, key in enumerate(texts, 1):
        number = high << 32 | (code ^ high)
        entries.append(text(key) + NONE + b"\x8a\x08" + struct.pack("<q", number) + NONE)
    return b"}(" + b"".join(entries) + b"u"


def products():
    """Two harmless things that multiply."""

    def case(name: str, verdict: str, why: str, body: bytes, *rest, deflate=True):
        return name, verdict, why, checkpoint(program(body), *rest, deflate=deflate)

    again = b"K\x01N" * 5000
    pairs = b"](" + b"K\x01N\x86" * 5000 + b"e"
    yield case(
        "dict-flood-often",
        "refuse",
        "one key set 5,000 times in a dict that is met 20,000 times",
        often(b"}(" + again + b"u", 20_000),
    )
    yield case(
        "pairs-often",
        "refuse",
        "the same as pairs of an OrderedDict",
        often(reduce_(global_("collections", "OrderedDict"), pairs), 20_000),
    )
    yield case(
        "slots-often",
        "refuse",
        "the same as the slots of an object",
        often(
            reduce_(global_("models", "Slots")) + NONE + b"}(" + again + b"u" + b"\x86b", 20_000
        ),
    )
    yield case(
        "appended-often",
        "refuse",
        "5,000 items of a deque that is met 20,000 times",
        often(reduce_(global_("collections", "deque")) + b"(" + b"]" * 5000 + b"e", 20_000),
    )
    yield case(
        "scalars-often",
        "refuse",
        "a tuple of 100,000 numbers that is met 20,000 times",
        often(MARK + b"K\x01" * 100_000 + b"t", 20_000),
    )
    yield case(
        "module-attributes-often",
        "refuse",
        "a module with 5,000 attributes that is met 20,000 times",
        often(module(b"}", b"\x8f", numbered(5000, NONE)[2:-1]), 20_000),
    )
    yield case(
        "module-nothing-often",
        "refuse",
        "a module of 5,000 parameters that are None, met 20,000 times",
        often(module(numbered(5000, NONE), b"]"), 20_000),
    )
    names = b"](" + b"X\1\0\0\0a" * 5000 + b"e"
    yield case(
        "module-transient-often",
        "refuse",
        "a module of 5,000 transient buffers, met 20,000 times",
        often(module(b"}", names), 20_000),
    )
    long_key = text("k" * 60_000)
    yield case(
        "long-path-often",
        "refuse",
        "100,000 values at the end of a path of 9,000,000 characters",
        value(GOOD)[:-1]
        + long_key
        + put(5)
        + b"".join(b"}" + get(5) for _ in range(150))
        + numbered(100_000, NONE)
        + b"s" * 150
        + b"u",
    )
    yield case(
        "long-path-refused",
        "refuse",
        "50,000 tensors of no form at the end of a long path",
        b"}"
        + long_key
        + reduce_(global_("torch._utils", "_rebuild_sparse_tensor"))
        + put(1)
        + POP
        + numbered(50_000, get(1))
        + b"s",
    )
    yield case(
        "refused-often",
        "refuse",
        "a tensor of no form under 300,000 names",
        reduce_(global_("torch._utils", "_rebuild_sparse_tensor"))
        + put(1)
        + POP
        + numbered(300_000, get(1)),
    )
    ones = MARK + b"K\x01" * 500_000 + b"t"
    dimensions = (
        ones
        + put(2)
        + POP
        + tensor(storage(BYTES, numel=16), 0, get(2), get(2))
        + put(1)
        + POP
        + numbered(20_000, get(1))
    )
    yield case("dimensions-often", "refuse", "500,000 dimensions, 20,000 times", dimensions)
    yield case(
        "same-hash", "either", "32,000 keys of one hash code", with_good(same_hash(16_000))
    )
    digits = b"F" + b"7" * 65_000 + b"x\n"
    yield case("float-no-number", "refuse", "FLOAT of 65,000 digits and a letter", digits)
    yield case(
        "ids-flood",
        "either",
        "one id of a storage looked up 5,000,000 times",
        with_good(
            value(("storage", BYTES, "0", "cpu", 16))
            + put(1)
            + POP
            + b"]("
            + b"h\1Q" * 5_000_000
            + b"e"
        ),
    )
    yield case(
        "names-flood",
        "either",
        "a class named 10,000,000 times",
        with_good(global_("a", "b") + POP + b"ca\nb\n0" * 10_000_000 + NONE),
    )
    yield (
        "frozenset-of-lists",
        "either",
        "things put into a frozenset",
        checkpoint(program(with_good(b"(K\1\x91(K\2K\3\x90"), PROTO4)),
    )
    yield (
        "frozenset-append",
        "either",
        "a thing appended to a frozenset",
        checkpoint(program(with_good(b"(K\1\x91K\2a"), PROTO4)),
    )


def bytes_tensor(numel: int, size: tuple, stride: tuple) -> bytes:
    return tensor(storage(BYTES, numel=numel), 0, size, stride)


def unfolded():
    """Storages that deflate has made small, read out of order."""

    def case(name: str, verdict: str, why: str, numel: int, *views):
        found = {f"t{i}": bytes_tensor(numel, *view) for i, view in enumerate(views)}
        body = program(value(found))
        return name, verdict, why, checkpoint(body, {"0": bytes(numel)}, deflate=True)

    yield case("one-element", "refuse", "one byte of 200 MB", 200_000_000, ((1,), (1,)))
    yield case("far", "refuse", "two bytes, 200 MB apart", 200_000_000, ((2,), (199_999_999,)))
    yield case(
        "within", "either", "one byte of 30 MB, which the limit allows", 30_000_000, ((1,), (1,))
    )
    yield case(
        "far-and-near",
        "either",
        "36 million elements, each a page from the next",
        59_997_000,
        ((6000, 6000), (5000, 4999)),
    )
    yield case(
        "pages-and-pages",
        "either",
        "36 million elements in runs of pages that overlap",
        59_998_000,
        ((600, 600, 100), (33_000, 33_001, 4000)),
    )
    many = {f"t{i}": tensor(storage(BYTES, str(i), numel=10_000_000), 0, (1,)) for i in range(20)}
    yield (
        "many",
        "refuse",
        "a byte of each of 20 storages of 10 MB",
        checkpoint(
            program(value(many)), {str(i): bytes(10_000_000) for i in range(20)}, deflate=True
        ),
    )


def sums():
    """Numbers that are right each for itself."""

    def case(name: str, verdict: str, why: str, body: bytes):
        return name, verdict, why, checkpoint(program(value({"weight": body})))

    for kind in ("Byte", "Float"):
        width = 4 if kind == "Float" else 1
        pid = ("storage", global_("torch", f"{kind}Storage"), "0", "cpu", 16 // width)
        view = value((*pid, ("1", 8 // width, 8 // width))) + b"Q"
        most = (2**63 - 8) // width
        for offset in sorted({most - 1, most, most + 1, (2**63 - 1) // width}):
            yield case(
                f"view-{kind.lower()}-{offset}",
                "refuse",
                f"a part of a storage, and offset {offset}",
                tensor(view, offset, (1,)),
            )
        yield case(
            f"stride-{kind.lower()}",
            "refuse",
            "a stride to the last number of 64 bits",
            tensor(value(pid) + b"Q", 0, (2,), (2**63 - 1,)),
        )
        yield case(
            f"strides-{kind.lower()}",
            "refuse",
            "strides that add up to it",
            tensor(value(pid) + b"Q", 0, (2, 2), (2**62, 2**62 - 1)),
        )
        yield case(
            f"strides-and-offset-{kind.lower()}",
            "refuse",
            "strides and an offset that add up to it",
            tensor(value(pid) + b"Q", 1, (2, 2), (2**62, 2**62 - 2)),
        )


GROUPS = (products, unfolded, sums)
