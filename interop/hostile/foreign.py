"""Files that are no checkpoint at all."""

import gzip
import pickle
import struct

from hostile.base import SYSTEM, archive, pkl, plain_archive, stored
from zips import Entry


def foreign():
    """Files that are no checkpoint."""
    yield "empty", "refuse", "no bytes", b""
    yield "one-byte", "refuse", "one byte", b"P"
    yield "pk", "refuse", "two bytes", b"PK"
    yield "pk34", "refuse", "a zip's first four bytes", b"PK\3\4"
    yield "zeros", "refuse", "1,000 zero bytes", bytes(1000)
    yield "ones", "refuse", "1,000 bytes ff", b"\xff" * 1000
    yield "text", "refuse", "text", b"404: Not Found"
    yield (
        "html",
        "refuse",
        "a web page",
        b"<!DOCTYPE html>\n<html><head><title>401</title></head></html>\n",
    )
    yield "json", "refuse", "JSON", b'{"error":"Repository not found"}'
    yield (
        "git-lfs",
        "refuse",
        "a Git-LFS pointer",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:"
        + b"4d7a" * 16
        + b"\nsize 12345\n",
    )
    yield "elf", "refuse", "a program", b"\x7fELF\2\1\1" + bytes(57)
    yield "gguf", "refuse", "GGUF", b"GGUF\3\0\0\0" + bytes(16)
    yield "hdf5", "refuse", "HDF5", b"\x89HDF\r\n\x1a\n" + bytes(40)
    yield "onnx", "refuse", "ONNX", b"\x08\x07\x12\x07pytorch\x1a\x032.1" + bytes(10)
    for protocol in (0, 2, 4, 5):
        yield (
            f"pickle-{protocol}",
            "refuse",
            f"a plain pickle, protocol {protocol}",
            pickle.dumps({"weight": [1.0, 2.0]}, protocol),
        )
    yield "pickle-call", "refuse", "a plain pickle that calls os.system", SYSTEM
    yield (
        "gzip",
        "refuse",
        "a checkpoint in gzip",
        gzip.compress(archive([pkl(), stored()]), mtime=0),
    )
    yield "zip-of-text", "refuse", "some archive", plain_archive([Entry("readme.txt", b"hello")])
    yield (
        "zip-in-zip",
        "refuse",
        "a checkpoint in an archive",
        plain_archive([Entry("model.pt", archive([pkl(), stored()]))]),
    )
    yield (
        "docx",
        "refuse",
        "a document",
        plain_archive(
            [Entry("[Content_Types].xml", b"<Types/>"), Entry("word/document.xml", b"<x/>")]
        ),
    )
    yield (
        "jar",
        "refuse",
        "a Java archive",
        plain_archive([Entry("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n")]),
    )
    yield (
        "safetensors-name",
        "refuse",
        "a broken safetensors header",
        struct.pack("<Q", 2**62) + b"{}",
    )


GROUPS = (foreign,)
