"""Zip archives written field by field, so that they can be old, odd or lying."""

import struct
import zlib
from dataclasses import dataclass, field, replace

UTF8_NAMES = 0x800


@dataclass(frozen=True)
class Entry:
    """One record. What is None in the overrides is told truly."""

    name: str
    data: bytes
    deflate: bool = False
    padding: int = 0  # NULs as a local extra field, as torch aligns its storages
    flags: int = UTF8_NAMES
    central: dict = field(
        default_factory=dict
    )  # overrides: name, crc, csize, usize, offset, flags, method, extra
    local: dict = field(default_factory=dict)


def archive(
    entries: list[Entry],
    *,
    end: dict | None = None,
    prefix: bytes = b"",
    suffix: bytes = b"",
    zip64: bool = False,
    comment: bytes = b"",
) -> bytes:
    out, directory = bytearray(prefix), bytearray()
    for entry in entries:
        stored = deflated(entry.data) if entry.deflate else entry.data
        truth = {
            "name": entry.name.encode(),
            "crc": zlib.crc32(entry.data),
            "csize": len(stored),
            "usize": len(entry.data),
            "offset": len(out),
            "flags": entry.flags,
            "method": 8 if entry.deflate else 0,
            "extra": b"",
        }
        out += local_header(truth | {"extra": padding(entry.padding)} | entry.local) + stored
        directory += central_header(truth | entry.central)
    start = len(out)
    out += directory
    truth = {
        "entries": len(entries),
        "size": len(directory),
        "offset": start,
        "disk": 0,
        "start_disk": 0,
        "comment": comment,
    }
    if zip64:
        out += zip64_end(truth | (end or {}), at=len(out))
    out += end_record(truth | (end or {}))
    return bytes(out + suffix)


def deflated(data: bytes) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeezer.compress(data) + squeezer.flush()


def padding(size: int) -> bytes:
    """torch's own extra field, `FB`, filled with `Z`."""
    return b"FB" + struct.pack("<H", size - 4) + b"Z" * (size - 4) if size else b""


def local_header(f: dict) -> bytes:
    sizes = f["crc"], f["csize"] & 0xFFFFFFFF, f["usize"] & 0xFFFFFFFF
    fixed = struct.pack(
        "<4sHHHHHIIIHH",
        b"PK\3\4",
        20,
        f["flags"],
        f["method"],
        0,
        33,
        *sizes,
        len(f["name"]),
        len(f["extra"]),
    )
    return fixed + f["name"] + f["extra"]


def central_header(f: dict) -> bytes:
    sizes = f["crc"], f["csize"] & 0xFFFFFFFF, f["usize"] & 0xFFFFFFFF
    fixed = struct.pack(
        "<4sHHHHHHIIIHH",
        b"PK\1\2",
        20,
        20,
        f["flags"],
        f["method"],
        0,
        33,
        *sizes,
        len(f["name"]),
        len(f["extra"]),
    )
    return (
        fixed + struct.pack("<HHHII", 0, 0, 0, 0, f["offset"] & 0xFFFFFFFF) + f["name"] + f["extra"]
    )


def zip64_end(f: dict, at: int) -> bytes:
    counts = f["entries"], f["entries"], f["size"], f["offset"]
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, *counts)
    return record + struct.pack("<4sIQI", b"PK\6\7", 0, f.get("zip64_at", at), 1)


def end_record(f: dict) -> bytes:
    counts = (
        f["entries"] & 0xFFFF,
        f["entries"] & 0xFFFF,
        f["size"] & 0xFFFFFFFF,
        f["offset"] & 0xFFFFFFFF,
    )
    return (
        struct.pack("<4sHHHHIIH", b"PK\5\6", f["disk"], f["start_disk"], *counts, len(f["comment"]))
        + f["comment"]
    )


def with_central(entry: Entry, **overrides) -> Entry:
    return replace(entry, central=entry.central | overrides)
