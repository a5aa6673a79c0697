"""torch's format before 1.6 with wrong numbers, keys and lengths."""

import struct

import legacy_streams
from hostile.base import SYSTEM
from hostile.pickle_assembly import DATA, global_, program, tensor, value


def streams():
    """The format before 1.6."""
    magic, version = legacy_streams.pickled(legacy_streams.MAGIC), legacy_streams.pickled(1001)
    info = legacy_streams.pickled(
        {
            "protocol_version": 1001,
            "little_endian": True,
            "type_sizes": {"short": 2, "int": 4, "long": 4},
        }
    )
    keys, record = legacy_streams.pickled(["0"]), struct.pack("<q", 4) + DATA
    thing = program(
        value(
            {
                "weight": tensor(
                    value(("storage", global_("torch", "FloatStorage"), "0", "cpu", 4, None)) + b"Q"
                )
            }
        )
    )

    def case(name: str, verdict: str, why: str, *parts: bytes):
        return name, verdict, why, b"".join(parts)

    head = magic, version, info
    yield case(
        "magic-wrong",
        "refuse",
        "another magic number",
        legacy_streams.pickled(12345),
        version,
        info,
        thing,
        keys,
        record,
    )
    yield case(
        "magic-text",
        "refuse",
        "text for a magic number",
        legacy_streams.pickled("x"),
        version,
        info,
        thing,
        keys,
        record,
    )
    yield case(
        "magic-call",
        "refuse",
        "os.system for a magic number",
        SYSTEM,
        version,
        info,
        thing,
        keys,
        record,
    )
    yield case(
        "version-1",
        "refuse",
        "protocol version 1",
        magic,
        legacy_streams.pickled(1),
        info,
        thing,
        keys,
        record,
    )
    yield case(
        "version-huge",
        "refuse",
        "protocol version 10^50",
        magic,
        legacy_streams.pickled(10**50),
        info,
        thing,
        keys,
        record,
    )
    yield case(
        "info-call",
        "refuse",
        "os.system for the system's description",
        magic,
        version,
        SYSTEM,
        thing,
        keys,
        record,
    )
    yield case(
        "info-text",
        "either",
        "text for the system's description",
        magic,
        version,
        legacy_streams.pickled("x"),
        thing,
        keys,
        record,
    )
    yield case(
        "info-big-endian",
        "either",
        "little_endian False",
        magic,
        version,
        legacy_streams.pickled({"little_endian": False}),
        thing,
        keys,
        record,
    )
    yield case("object-call", "refuse", "os.system for the object", *head, SYSTEM, keys, record)
    yield case("keys-call", "refuse", "os.system for the keys", *head, thing, SYSTEM, record)
    for label, found in {
        "empty": [],
        "unknown": ["1"],
        "twice": ["0", "0"],
        "extra": ["0", "1"],
        "int": [0],
        "none": [None],
        "nested": [["0"]],
        "text": "0",
        "dict": {"0": 1},
        "number": 5,
    }.items():
        yield case(
            f"keys-{label}",
            "refuse",
            f"keys {label}",
            *head,
            thing,
            legacy_streams.pickled(found),
            record,
            record if label in ("twice", "extra") else b"",
        )
    for numel in (0, 3, 5, 16, -1, 2**31, 2**61, 2**62, 2**63 - 1, -(2**63)):
        yield case(
            f"numel-{numel}",
            "refuse",
            f"a record of {numel} elements, 4 are there",
            *head,
            thing,
            keys,
            struct.pack("<q", numel),
            DATA,
        )
    yield case("record-missing", "refuse", "no records", *head, thing, keys)
    yield case("record-cut", "refuse", "the record ends early", *head, thing, keys, record[:-1])
    yield case(
        "record-head-cut",
        "refuse",
        "the record's length ends early",
        *head,
        thing,
        keys,
        record[:5],
    )
    yield case(
        "trailing", "either", "bytes behind the last record", *head, thing, keys, record, b"abc"
    )
    yield case(
        "trailing-pickle",
        "either",
        "a pickle behind the last record",
        *head,
        thing,
        keys,
        record,
        SYSTEM,
    )
    yield case(
        "twice",
        "either",
        "two checkpoints, one behind the other",
        *(*head, thing, keys, record) * 2,
    )
    for size in (1, 5, 14, 20, 60, 100, 200, 250):
        yield case(
            f"cut-at-{size}",
            "refuse",
            f"the file ends after {size} bytes",
            b"".join((*head, thing, keys, record))[:size],
        )
    for label, view in {
        "past-the-end": ("1", 2, 3),
        "negative": ("1", -1, 2),
        "size-negative": ("1", 0, -1),
        "huge": ("1", 2**62, 2**62),
        "short": ("1", 0),
        "text": "view",
        "key-int": (1, 0, 4),
        "key-of-itself": ("0", 1, 3),
    }.items():
        viewed = (
            value(("storage", global_("torch", "FloatStorage"), "0", "cpu", 4, value(view))) + b"Q"
        )
        body = program(value({"weight": tensor(viewed, 0, (1,))}))
        verdict = "either" if label in ("key-int", "key-of-itself") else "refuse"
        yield case(
            f"view-{label}", verdict, f"a view of the storage: {label}", *head, body, keys, record
        )
    source = (
        value(
            (
                "module",
                global_("__main__", "Net"),
                "/etc/passwd",
                "import os\nos.system('touch /tmp/stsw-pwned-source')",
            )
        )
        + b"Q"
    )
    module = (
        source
        + b")\x81"
        + value(
            {
                "_parameters": {
                    "weight": tensor(
                        value(("storage", global_("torch", "FloatStorage"), "0", "cpu", 4, None))
                        + b"Q"
                    )
                },
                "_buffers": {},
                "_modules": {},
            }
        )
        + b"b"
    )
    yield case(
        "module-source",
        "inert",
        "a class with source code beside it",
        *head,
        program(module),
        keys,
        record,
    )
    many = legacy_streams.pickled([str(i) for i in range(1000)])
    yield case("keys-many", "refuse", "1,000 keys, none of them used", *head, thing, many, record)


GROUPS = (streams,)
