"""Archives that lie, around well-formed pickles."""

import struct

from hostile.base import OTHER, PICKLE, SYSTEM, archive, pkl, plain_archive, stored
from hostile.pickle_assembly import DATA
from zips import Entry


def entries():
    """One record whose headers lie."""
    for label, data, field, number in (
        ("csize-less", stored, "csize", 15),
        ("csize-more", stored, "csize", 17),
        ("csize-past-the-end", stored, "csize", 10_000),
        ("csize-2^31", stored, "csize", 2**31),
        ("csize-2^32-2", stored, "csize", 2**32 - 2),
        ("usize-less", stored, "usize", 15),
        ("usize-more", stored, "usize", 17),
        ("usize-2^32-2", stored, "usize", 2**32 - 2),
        ("crc-wrong", stored, "crc", 12345),
        ("method-12", stored, "method", 12),
        ("method-99", stored, "method", 99),
        ("method-deflate", stored, "method", 8),
        ("flag-encrypted", stored, "flags", 0x801),
        ("flag-strong-encryption", stored, "flags", 0x841),
        ("flag-patched", stored, "flags", 0x820),
        ("flag-masked", stored, "flags", 0x2801),
        ("pickle-crc-wrong", pkl, "crc", 12345),
        ("pickle-usize-more", pkl, "usize", 5000),
        ("pickle-csize-less", pkl, "csize", 20),
        ("pickle-encrypted", pkl, "flags", 0x801),
    ):
        for where in ("central", "local", "both"):
            lie = {field: number}
            sides = {side: lie for side in ("central", "local") if where in (side, "both")}
            # torch itself leaves the local sizes and CRC empty, so a reader may look at the directory alone.
            verdict = "either" if where == "local" and field in ("crc", "flags") else "refuse"
            plain = [pkl(), stored()]
            lying = [data(**sides) if entry.name == data().name else entry for entry in plain]
            yield f"{label}-{where}", verdict, f"{label} in the {where} header", archive(lying)
    yield (
        "local-name-differs",
        "refuse",
        "the local header names another record",
        archive([pkl(), stored(local={"name": b"a/data/1"})]),
    )
    yield (
        "local-name-longer",
        "refuse",
        "the local header's name is longer",
        archive([pkl(), stored(local={"name": b"a/data/00000"})]),
    )
    whole = bytearray(archive([pkl(), stored()]))
    struct.pack_into("<H", whole, whole.index(b"a/data/0") - 2, 65535)
    yield "local-extra-65535", "refuse", "a local extra field longer than the file", bytes(whole)
    yield (
        "offset-of-the-other",
        "refuse",
        "both records at one place",
        archive([pkl(), stored(central={"offset": 0})]),
    )
    yield (
        "offset-inside-the-other",
        "refuse",
        "a record inside another one",
        archive([pkl(), stored(central={"offset": 10})]),
    )
    yield (
        "offset-past-the-end",
        "refuse",
        "a record behind the end",
        archive([pkl(), stored(central={"offset": 10**6})]),
    )
    yield (
        "offset-2^32-2",
        "refuse",
        "a record at 2^32-2",
        archive([pkl(), stored(central={"offset": 2**32 - 2})]),
    )
    yield (
        "offset-in-the-directory",
        "refuse",
        "a record in the directory",
        archive([pkl(), stored(central={"offset": len(PICKLE) + 120})]),
    )
    inner = archive([stored()])
    overlapping = [
        pkl(),
        Entry("a/data/1", inner),
        stored(central={"offset": 40 + len(PICKLE) + 38}),
    ]
    yield (
        "record-in-a-record",
        "refuse",
        "one record's bytes inside another's",
        archive(overlapping),
    )
    yield (
        "signature-wrong",
        "refuse",
        "no local header where the directory says",
        archive([pkl(), stored()]).replace(b"PK\3\4", b"PK\3\5"),
    )
    for label, extra in {
        "zip64-short": b"\1\0\4\0" + bytes(4),
        "zip64-size-2^63": b"\1\0\x10\0" + struct.pack("<QQ", 2**63, 2**63),
        "zip64-size-2^64-1": b"\1\0\x10\0" + struct.pack("<QQ", 2**64 - 1, 2**64 - 1),
        "zip64-size-2^40": b"\1\0\x10\0" + struct.pack("<QQ", 2**40, 2**40),
        "zip64-missing": b"",
        "extra-cut": b"\1\0\x10",
    }.items():
        lie = {"csize": 2**32 - 1, "usize": 2**32 - 1, "extra": extra}
        yield label, "refuse", label, archive([pkl(), stored(central=lie)])
    lie = {"offset": 2**32 - 1, "extra": b"\1\0\x08\0" + struct.pack("<Q", 2**63)}
    yield (
        "zip64-offset-2^63",
        "refuse",
        "a zip64 offset of 2^63",
        archive([pkl(), stored(central=lie)]),
    )


def zip_names():
    """Names that repeat, escape or disagree."""

    def case(name: str, verdict: str, why: str, *found: Entry, root: str = "a/"):
        return name, verdict, why, archive(list(found), root)

    yield case("pickle-twice", "refuse", "two data.pkl", pkl(), pkl(OTHER), stored())
    yield case("pickle-twice-the-same", "refuse", "two equal data.pkl", pkl(), pkl(), stored())
    yield case("storage-twice", "refuse", "two data/0", pkl(), stored(), stored(DATA[::-1]))
    yield case(
        "pickle-case-twin",
        "refuse",
        "data.pkl and DATA.PKL",
        pkl(),
        pkl(SYSTEM, "a/DATA.PKL"),
        stored(),
    )
    yield case(
        "pickle-case-twin-first",
        "refuse",
        "DATA.PKL and data.pkl",
        pkl(SYSTEM, "a/DATA.PKL"),
        pkl(),
        stored(),
    )
    yield case(
        "root-case-twin", "refuse", "roots a and A", pkl(), stored(), pkl(OTHER, "A/data.pkl")
    )
    yield case(
        "storage-case-twin",
        "refuse",
        "data/0 and Data/0",
        pkl(),
        stored(),
        stored(DATA[::-1], "a/Data/0"),
    )
    yield case("upper-case-only", "either", "DATA.PKL alone", pkl(PICKLE, "a/DATA.PKL"), stored())
    yield case(
        "two-roots",
        "refuse",
        "two roots with a pickle each",
        pkl(),
        stored(),
        pkl(OTHER, "b/data.pkl"),
        stored(DATA, "b/data/0"),
    )
    yield case(
        "storage-in-another-root",
        "refuse",
        "the storage in another root",
        pkl(),
        stored(DATA, "b/data/0"),
    )
    yield case(
        "no-root",
        "refuse",
        "no root folder",
        pkl(PICKLE, "data.pkl"),
        stored(DATA, "data/0"),
        root="",
    )
    yield case(
        "deep-root",
        "either",
        "a root of two folders",
        pkl(PICKLE, "a/b/data.pkl"),
        stored(DATA, "a/b/data/0"),
        root="a/b/",
    )
    yield case(
        "pickle-in-data",
        "either",
        "another data.pkl below data/",
        pkl(),
        stored(),
        pkl(SYSTEM, "a/data/data.pkl"),
    )
    for label, name in {
        "absolute": "/a/data.pkl",
        "parent": "../data.pkl",
        "parent-inside": "a/../a/data.pkl",
        "dot": "./data.pkl",
        "double-slash": "a//data.pkl",
        "backslash": "a\\data.pkl",
        "drive": "C:/data.pkl",
        "nul": "a/data.pkl\0.txt",
        "newline": "a\n/data.pkl",
        "empty-root": "/data.pkl",
        "long-root": "r" * 3000 + "/data.pkl",
    }.items():
        root = name.rpartition("data.pkl")[0]
        verdict = "either" if label in ("dot", "newline", "long-root", "drive") else "refuse"
        yield case(
            f"pickle-{label}",
            verdict,
            f"pickle named {name[:30]!a}",
            pkl(PICKLE, name),
            stored(DATA, f"{root}data/0"),
            root=root,
        )
        yield case(
            f"beside-{label}",
            "either",
            f"a record named {name[:30]!a} beside",
            pkl(),
            stored(),
            pkl(b"x", name),
        )
    latin = Entry(
        "a/data.pkl",
        PICKLE,
        flags=0,
        central={"name": b"\xe9/data.pkl"},
        local={"name": b"\xe9/data.pkl"},
    )
    yield case(
        "not-utf8",
        "either",
        "a root that is no UTF-8",
        latin,
        Entry(
            "a/data/0",
            DATA,
            flags=0,
            central={"name": b"\xe9/data/0"},
            local={"name": b"\xe9/data/0"},
        ),
        root="\u00e9/",
    )
    yield case(
        "empty-name", "either", "a record without a name beside", pkl(), stored(), Entry("", b"x")
    )
    yield case("no-pickle", "refuse", "no data.pkl at all", stored())
    yield case(
        "folder-for-pickle", "refuse", "data.pkl is a folder", Entry("a/data.pkl/", b""), stored()
    )
    yield case(
        "script-constants",
        "either",
        "constants.pkl that calls os.system",
        pkl(),
        stored(),
        pkl(SYSTEM, "a/constants.pkl"),
    )
    yield case(
        "traced-inputs",
        "either",
        "traced_inputs.pkl that calls os.system",
        pkl(),
        stored(),
        pkl(SYSTEM, "a/traced_inputs.pkl"),
    )


def directories():
    """Ends and directories that lie."""
    good = [pkl(), stored()]
    whole = archive(good)
    end = whole.index(b"PK\5\6")
    for label, lie in {
        "entries-0": {"entries": 0},
        "entries-1": {"entries": 1},
        "entries-2": {"entries": 2},
        "entries-4": {"entries": 4},
        "entries-65534": {"entries": 65534},
        "entries-65535": {"entries": 65535},
        "size-less": {"size": end - whole.index(b"PK\1\2") - 1},
        "size-more": {"size": end - whole.index(b"PK\1\2") + 1},
        "size-0": {"size": 0},
        "size-2^32-2": {"size": 2**32 - 2},
        "offset-less": {"offset": whole.index(b"PK\1\2") - 1},
        "offset-more": {"offset": whole.index(b"PK\1\2") + 1},
        "offset-0": {"offset": 0},
        "offset-2^32-2": {"offset": 2**32 - 2},
        "offset-2^32-1": {"offset": 2**32 - 1},
        "disk-1": {"disk": 1},
        "start-disk-1": {"start_disk": 1},
    }.items():
        yield label, "refuse", label, archive(good, end=lie)
    for label, lie in {
        "entries-2^63": {"entries": 2**63},
        "entries-2^32": {"entries": 2**32 + 3},
        "offset-2^63": {"offset": 2**63},
        "offset-2^64-1": {"offset": 2**64 - 1},
        "size-2^63": {"size": 2**63},
        "at-0": {"zip64_at": 0},
        "at-2^63": {"zip64_at": 2**63},
        "at-elsewhere": {"zip64_at": 10},
    }.items():
        yield f"zip64-{label}", "refuse", f"zip64 {label}", archive(good, end=lie, zip64=True)
    yield "trailing-byte", "refuse", "one byte behind the end", whole + b"\0"
    yield "trailing-kilobyte", "refuse", "1,000 bytes behind the end", whole + bytes(1000)
    yield (
        "trailing-zip",
        "refuse",
        "two archives, one behind the other",
        whole + archive([pkl(OTHER), stored()]),
    )
    yield (
        "leading-zip",
        "refuse",
        "an archive before this one, offsets right",
        archive(good, prefix=archive([pkl(SYSTEM), stored()])),
    )
    yield "leading-byte", "refuse", "one byte before, offsets wrong", b"\0" + whole
    yield (
        "leading-script",
        "either",
        "a shell script before, offsets right",
        archive(good, prefix=b"#!/bin/sh\nexit\n"),
    )
    yield (
        "comment-with-an-end",
        "either",
        "a comment that holds an end record",
        archive(good, comment=whole[end:]),
    )
    yield (
        "comment-with-a-zip",
        "either",
        "a comment that holds an archive",
        archive(good, comment=archive([pkl(OTHER), stored()])),
    )
    yield (
        "comment-cut",
        "refuse",
        "a comment longer than the file",
        whole[:-2] + struct.pack("<H", 100),
    )
    yield "two-ends", "refuse", "the end record twice", whole + whole[end:]
    yield "no-end", "refuse", "no end record", whole[:end]
    yield "no-directory", "refuse", "no directory", whole[: whole.index(b"PK\1\2")]
    yield "end-only", "refuse", "an empty archive", plain_archive([])
    for size in (1, 3, 4, 10, 29, 30, 60, 200, end - 1, end + 4, end + 10, end + 21):
        yield (
            f"cut-at-{size}",
            "refuse",
            f"the file ends after {size} bytes of {len(whole)}",
            whole[:size],
        )
    directory = whole[whole.index(b"PK\1\2") : end]
    twice = whole[:end] + directory + whole[end:]
    yield "directory-twice", "refuse", "the directory twice", twice


GROUPS = (entries, zip_names, directories)
