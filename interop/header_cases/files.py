"""Whole files: wrong lengths, truncations, other formats, random mutations."""

import pickle
import random
import struct
import zlib

from common import framed
from header_cases.pieces import GOOD, info, u8


def prefix_cases():
    body = GOOD.encode() + bytes(4)
    lengths = {
        "0": 0,
        "1": 1,
        "2": 2,
        "7": 7,
        "8": 8,
        "one-less": len(GOOD) - 1,
        "one-more": len(GOOD) + 1,
        "into-the-data": len(GOOD) + 3,
        "all-of-the-data": len(GOOD) + 4,
        "past-the-file": len(GOOD) + 5,
        "100000000": 100_000_000,
        "100000001": 100_000_001,
        "2^31-1": 2**31 - 1,
        "2^31": 2**31,
        "2^32-1": 2**32 - 1,
        "2^32": 2**32,
        "2^32+right": 2**32 + len(GOOD),
        "2^53": 2**53,
        "2^63-1": 2**63 - 1,
        "2^63": 2**63,
        "2^63+right": 2**63 + len(GOOD),
        "2^64-8": 2**64 - 8,
        "2^64-1": 2**64 - 1,
    }
    for label, length in lengths.items():
        yield label, struct.pack("<Q", length) + body
    yield "big-endian", struct.pack(">Q", len(GOOD)) + body
    yield "four-bytes-wide", struct.pack("<I", len(GOOD)) + body
    yield "decimal-text", b"%08d" % len(GOOD) + body
    yield "missing", body
    yield "empty-object-0", struct.pack("<Q", 0) + b"{}"
    yield "empty-object-1", struct.pack("<Q", 1) + b"{}"
    yield "empty-object-3", struct.pack("<Q", 3) + b"{}"
    for size in range(9):
        yield f"{size}-zero-bytes", bytes(size)
        yield f"{size}-ff-bytes", b"\xff" * size


def truncation_cases():
    whole = framed('{"__metadata__":{"k":"é"},"a":' + u8(0, 4) + "}", b"\x01\x02\x03\x04")
    for size in range(len(whole)):
        yield f"at-{size}", whole[:size]
    yield "not-at-all", whole
    for label, extra in {
        "nul": b"\0",
        "newline": b"\n",
        "eight-nuls": bytes(8),
        "512-nuls": bytes(512),
        "itself": whole,
    }.items():
        yield f"trailing-{label}", whole + extra
    yield "leading-bom", b"\xef\xbb\xbf" + whole
    yield "leading-newline", b"\n" + whole
    for cut in (8, 9, 20, 60):
        shorter = whole[: 8 + cut]
        yield f"prefix-agrees-at-{cut}", struct.pack("<Q", cut) + shorter[8:]


def foreign_cases():
    lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "4d7a" * 16 + "\nsize 12345\n"
    yield "git-lfs-pointer", lfs.encode()
    yield "git-lfs-pointer-crlf", lfs.replace("\n", "\r\n").encode()
    yield "git-lfs-short", b"version https://git-lfs"
    yield (
        "html",
        b"<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not Found</body></html>\n",
    )
    yield "html-lower-case", b"<html><body>Access denied</body></html>"
    yield "xml", b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code></Error>'
    yield "plain-text", b"Entry not found"
    yield "too-short-text", b"404"
    yield (
        "json-index",
        b'{"metadata":{"total_size":4},"weight_map":{"a":"model-00001-of-00001.safetensors"}}',
    )
    yield "header-without-prefix", GOOD.encode()
    for protocol in range(6):
        yield f"pickle-{protocol}", pickle.dumps({"a": [1, 2, 3]}, protocol)
    yield "zip-empty", b"PK\x05\x06" + bytes(18)
    yield "zip-local", b"PK\x03\x04\x14\x00\x00\x00\x00\x00" + bytes(16) + b"\x01\x00\x00\x00a"
    yield "gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + zlib.compress(b"x")[2:-4] + bytes(8)
    yield "zstd", bytes.fromhex("28b52ffd0458290000") + bytes(20)
    yield "xz", b"\xfd7zXZ\x00" + bytes(20)
    yield "tar", b"a".ljust(257, b"\0") + b"ustar\0" + bytes(249)
    yield (
        "npy",
        b"\x93NUMPY\x01\x00\x46\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }     \n"
        + bytes(4),
    )
    yield "gguf", b"GGUF\x03\x00\x00\x00" + bytes(16)
    yield "hdf5", b"\x89HDF\r\n\x1a\n" + bytes(40)
    yield "elf", b"\x7fELF\x02\x01\x01" + bytes(40)
    yield "png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)
    yield "protobuf", b"\x08\x07\x12\x07pytorch\x1a\x032.1" + bytes(10)
    yield "pdf", b"%PDF-1.7\n" + bytes(20)


def mutation_cases(count: int = 150):
    """Valid files with one to three bytes changed, removed or put in; the seed is fixed."""
    dice = random.Random(20261122)
    header = (
        '{"__metadata__":{"k":"v"},"a":'
        + info("F32", [2, 1], 0, 8)
        + ',"b\\n":'
        + info("I8", [3], 8, 11)
        + "}"
    )
    interesting = b'{}[],:"\\0123456789-+.eE \t\n\0\x1f\x80\xff/uabdnt'
    for number in range(count):
        raw = bytearray(header.encode())
        for _ in range(dice.choice((1, 1, 1, 2, 3))):
            where, what = dice.randrange(len(raw)), dice.choice(interesting)
            match dice.randrange(4):
                case 0:
                    raw[where] = what
                case 1:
                    raw.insert(where, what)
                case 2:
                    del raw[where]
                case 3:
                    other = dice.randrange(len(raw))
                    raw[where], raw[other] = raw[other], raw[where]
        yield f"{number:03d}", framed(bytes(raw), bytes(range(11)))


GROUPS = {
    "prefix": prefix_cases,
    "truncated": truncation_cases,
    "foreign": foreign_cases,
    "mutation": mutation_cases,
}
