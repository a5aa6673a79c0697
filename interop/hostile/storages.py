"""Persistent ids and records that do not belong together."""

from hostile.base import GOOD, archive
from hostile.pickle_assembly import (
    DATA,
    NONE,
    checkpoint,
    global_,
    program,
    records,
    storage,
    tensor,
    text,
    value,
)
from zips import Entry

FLOAT = global_("torch", "FloatStorage")


def storages():
    """Persistent ids and records that do not belong together."""

    def case(name: str, why: str, stored: bytes, verdict: str = "refuse", data=None, **shape):
        return (
            name,
            verdict,
            why,
            checkpoint(program(value({"weight": tensor(stored, **shape)})), data),
        )

    yield case("record-missing", "no record for the storage", storage(key="1"))
    yield case("record-short", "the record is one byte short", storage(), data={"0": DATA[:-1]})
    yield case("record-empty", "the record is empty", storage(), data={"0": b""})
    yield case("record-long", "the record is one byte long", storage(), data={"0": DATA + b"\0"})
    yield case(
        "record-twice-as-long",
        "the record is twice as long as numel",
        storage(),
        data={"0": DATA * 2},
    )
    yield case("record-of-elements", "numel counted bytes", storage(numel=16))
    for numel in (-1, -4, 2**31, 2**61, 2**62, 2**63 - 1, 2**63, 2**64, 2**64 + 4, 10**30):
        yield case(f"numel-{numel}", f"numel is {numel}", storage(numel=numel))
    for label, numel in {
        "none": None,
        "text": "4",
        "float": 4.0,
        "true": True,
        "list": [4],
        "tuple": (4,),
    }.items():
        yield case(
            f"numel-{label}",
            f"numel is {label}",
            storage(numel=numel),
            "either" if label == "true" else "refuse",
            size=(1,),
        )
    for label, key in {
        "int": 0,
        "none": None,
        "bytes": b"C\x010",
        "tuple": ("0",),
        "empty": "",
        "traversal": "../data.pkl",
        "deep-traversal": "../../../../etc/passwd",
        "absolute": "/etc/passwd",
        "other-record": "../version",
        "slash": "0/",
        "dot": ".",
        "backslash": "..\\data.pkl",
        "nul": "0\0",
        "blank": "0 ",
        "newline": "0\n",
        "arabic-digit": "\u0660",
        "long": "0" * 65,
        "very-long": "0" * 5000,
    }.items():
        yield case(f"key-{label}", f"storage key {label}", storage(key=key))
    for label, location in {
        "none": None,
        "int": 5,
        "long": "c" * 5000,
        "unknown": "quantum:7",
        "path": "../../x",
    }.items():
        yield case(f"location-{label}", f"location {label}", storage(location=location), "either")
    for label, kind in {
        "text": text("FloatStorage"),
        "none": NONE,
        "dtype": global_("torch", "float32"),
        "quantized": global_("torch", "QInt8Storage"),
        "complex128": global_("torch", "ComplexDoubleStorage"),
        "function": global_("torch._utils", "_rebuild_tensor_v2"),
    }.items():
        yield case(f"type-{label}", f"storage type {label}", storage(kind))
    yield case("pid-short", "a persistent id of 3 items", value(("storage", FLOAT, "0")) + b"Q")
    yield case(
        "pid-long",
        "a persistent id of 9 items",
        value(("storage", FLOAT, "0", "cpu", 4, None, 1, 2, 3)) + b"Q",
    )
    yield case("pid-empty", "an empty persistent id", b")Q")
    yield case(
        "pid-other-tag",
        "a persistent id of an unknown kind",
        value(("tensor", FLOAT, "0", "cpu", 4)) + b"Q",
    )
    yield case(
        "pid-module",
        "a module id in a zip file",
        value(("module", FLOAT, "x.py", "import os")) + b"Q",
    )
    yield case(
        "pid-view",
        "a view outside its storage",
        value(("storage", FLOAT, "0", "cpu", 4, ("1", 2, 4))) + b"Q",
    )
    yield case("not-a-storage", "a tensor over None", NONE)
    yield case("tensor-as-storage", "a tensor over a tensor", tensor())
    twice = {"a": tensor(), "weight": tensor(storage(numel=8), size=(8,))}
    yield "key-with-two-sizes", "refuse", "one key, two sizes", checkpoint(program(value(twice)))
    twice = {"a": tensor(), "weight": tensor(storage(global_("torch", "DoubleStorage")))}
    yield (
        "key-with-two-types",
        "refuse",
        "one key, 4 floats and 4 doubles",
        checkpoint(program(value(twice))),
    )
    twice = {"a": tensor(), "weight": tensor(storage(global_("torch", "IntStorage")))}
    yield (
        "key-with-two-types-same-size",
        "either",
        "one key, 4 floats and 4 ints",
        checkpoint(program(value(twice))),
    )
    for label, data in {
        "middle": b"middle",
        "empty": b"",
        "long": b"little" * 1000,
        "upper": b"LITTLE",
    }.items():
        raw = checkpoint_with("byteorder", data)
        yield f"byteorder-{label}", "refuse", f"byteorder {label}", raw
    yield "version-huge", "either", "version 10^50", checkpoint_with("version", b"9" * 50)
    yield "version-text", "either", "version text", checkpoint_with("version", b"abc")


def checkpoint_with(record: str, data: bytes) -> bytes:
    found = records(program(value(GOOD))) | {record: data}
    return archive([Entry(f"a/{name}", content) for name, content in found.items()])


GROUPS = (storages,)
