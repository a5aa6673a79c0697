"""Writes golden/numpy/: what numpy.save and numpy.savez write, and numpy.tsv with what must be read of it."""

import io
import shutil
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from common import GOLDEN, escape, join_shape, sha256, write_table

FOLDER = GOLDEN / "numpy"
DTYPES = {
    "b1": "BOOL",
    "i1": "I8",
    "u1": "U8",
    "i2": "I16",
    "u2": "U16",
    "f2": "F16",
    "i4": "I32",
    "u4": "U32",
    "f4": "F32",
    "i8": "I64",
    "u8": "U64",
    "f8": "F64",
    "c8": "C64",
}
SHAPES = [(), (0,), (1,), (5,), (2, 3), (3, 0, 2), (2, 3, 4), (1, 7, 1), (2, 1, 3, 2)]


def values(dtype: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Random bytes as elements; of bool only 0 and 1."""
    count = int(np.prod(shape, dtype=np.int64))
    rng = np.random.default_rng(seed)
    if dtype == "b1":
        return rng.integers(0, 2, count).astype("b1").reshape(shape)
    little = np.dtype("<" + dtype)
    return np.frombuffer(rng.bytes(count * little.itemsize), little).reshape(shape)


def row(file: str, name: str, array: np.ndarray) -> tuple:
    """What the tensor must be: little-endian, C order, as numpy itself reads it."""
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    kind = DTYPES[array.dtype.str[1:]]
    return file, escape(name), kind, join_shape(array.shape), sha256(little.tobytes())


def npy_bytes(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    out = io.BytesIO()
    npy.write_array(out, array, version=version)
    return out.getvalue()


def framed(literal: str, data: bytes, version: bytes = b"\x01\x00") -> bytes:
    """A file whose header numpy would not write."""
    raw = literal.encode()
    length = struct.pack("<H" if version[0] == 1 else "<I", len(raw))
    return npy.MAGIC_PREFIX + version + length + raw + data


def single_arrays() -> dict[str, bytes]:
    files = {}
    for index, dtype in enumerate(DTYPES):
        for at, shape in enumerate(SHAPES):
            array = values(dtype, shape, 100 * index + at)
            order = "big" if (index + at) % 2 else "little"
            if order == "big":
                array = array.astype(array.dtype.newbyteorder(">"))
            layout = "F" if (index + at) % 3 == 0 else "C"
            array = np.array(array, order=layout)
            version = ((1, 0), (2, 0), (3, 0))[at % 3]
            files[f"{dtype}-{at}-{order}-{layout}-v{version[0]}.npy"] = npy_bytes(array, version)
    large = values("f4", (37, 41, 43), 7)
    files["large-fortran.npy"] = npy_bytes(np.asfortranarray(large))
    files["python2.npy"] = framed(
        "{'descr': '<i4', 'fortran_order': False, 'shape': (2L, 3L), }\n",
        np.arange(6, dtype="<i4").tobytes(),
    )
    files["spaces.npy"] = framed(
        '{ "shape" :( 3 , ),"fortran_order": True ,"descr":"|u1"}', b"abc", b"\x02\x00"
    )
    return files


def archives() -> dict[str, bytes]:
    mixed = {
        "weight": np.asfortranarray(values("f4", (13, 17), 1)),
        "model/layer.0/bias": values("f2", (17,), 2).astype(">f2"),
        "ümläut": values("i8", (2, 2), 3),
        "scalar": values("f8", (), 4),
        "empty": values("u1", (0, 3), 5),
        "../up": values("i2", (4,), 6),
        "Weight": values("c8", (3, 2), 7),
        "repeated": np.tile(values("f4", (100,), 8), 300),
        "repeated-fortran": np.asfortranarray(
            np.tile(values("f4", (100,), 9), 300).reshape(100, 300)
        ),
    }
    files = {}
    for name, save in (("stored.npz", np.savez), ("deflated.npz", np.savez_compressed)):
        out = io.BytesIO()
        save(out, **mixed)
        files[name] = out.getvalue()
    return files


def zipped(members: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def foreign() -> dict[str, np.ndarray]:
    """What safetensors has no form for, and nobody takes for weights."""
    return {
        "text": np.array(["a", "bc"]),
        "bytes": np.array([b"a", b"bc"]),
        "structured": np.zeros(2, [("a", "<f4"), ("b", "<i4")]),
        "datetime": np.zeros(2, "<M8[ns]"),
        "timedelta": np.zeros(2, "<m8[s]"),
        "longdouble": np.zeros(2, np.longdouble),
        "complex-longdouble": np.zeros(2, np.clongdouble),
        "raw": np.zeros(2, "V2"),
    }


def refused() -> dict[str, tuple[str, bytes]]:
    """File to (words that the reason must hold, bytes)."""
    cases = {}
    plain = npy_bytes(np.arange(6, dtype="<f4").reshape(2, 3))
    for name, words, array in (
        ("text", "text", np.array(["a", "bc"])),
        ("bytes", "text", np.array([b"a", b"bc"])),
        ("structured", "structured", np.zeros(2, [("a", "<f4"), ("b", "<i4")])),
        ("datetime", "dates or times", np.zeros(2, "<M8[ns]")),
        ("timedelta", "dates or times", np.zeros(2, "<m8[s]")),
        ("complex128", "has a dtype that safetensors has no form for", np.zeros(2, "c16")),
        ("longdouble", "does not know", np.zeros(2, np.longdouble)),
        ("raw", "raw bytes", np.zeros(2, "V2")),
    ):
        buffer = io.BytesIO()
        npy.write_array(buffer, array, allow_pickle=True)
        cases[f"{name}.npy"] = (words, buffer.getvalue())
        if name == "complex128":
            cases[f"{name}.npz"] = (
                "2 arrays, 'bad' (complex128), 'worse' (complex128) have",
                zipped([(f"{n}.npy", d) for n, d in (("good", plain), ("bad", buffer.getvalue()), ("worse", buffer.getvalue()))]),
            )
        elif name != "objects":
            cases[f"all-{name}.npz"] = ("none of its arrays", zipped([("bad.npy", buffer.getvalue())]))
    head = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n"
    for name, words, literal in (
        ("huge", "follow its header", head % ("<f4", "(500000000000000000,)")),
        ("too-huge", "exceeds 64 bits", head % ("<f4", "(4611686018427387904,)")),
        ("overflow", "exceeds 64 bits", head % ("<f8", "(4294967296, 4294967296)")),
        ("beyond-64-bit", "a dimension", head % ("<f4", "(99999999999999999999,)")),
        ("negative", "a dimension", head % ("<f4", "(-1,)")),
        ("no-tuple", "a tuple", head % ("<f4", "(6)")),
        ("expression", "',' or ')'", head % ("<f4", "(2*3,)")),
        ("call", "a string", "{'descr': __import__('os'), 'fortran_order': False, 'shape': ()}"),
        ("extra-key", "each once", head.replace("}", "'x': 1}") % ("<f4", "(2,3)")),
        ("key-twice", "each once", head.replace("}", "'shape': (6,)}") % ("<f4", "(2,3)")),
        ("no-shape", "'shape'", "{'descr': '<f4', 'fortran_order': False}"),
        ("escape", "escapes", head % ("<f\\x34", "(6,)")),
        ("no-order", "byte order", head % ("f4", "(6,)")),
        ("native-order", "byte order", head % ("=f4", "(6,)")),
        ("behind", "nothing but", (head % ("<f4", "(6,)")) + "import os"),
        ("no-brace", "'}'", "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)"),
        ("list", "'('", head % ("<f4", "[6]")),
        ("number-order", "True or False", "{'descr': '<f4', 'fortran_order': 0, 'shape': (6,)}"),
        ("long-header", "10000", head % ("<f4", "(6,)") + " " * 10_000),
        ("deep", "a dimension", head % ("<f4", "(" * 2000)),
    ):
        cases[f"{name}.npy"] = (words, framed(literal, bytes(24)))
    cases["version.npy"] = ("version 4.0", plain[:6] + b"\x04" + plain[7:])
    cases["cut-head.npy"] = ("cut or damaged", plain[:50])
    cases["cut-magic.npy"] = ("cut or damaged", plain[:8])
    cases["cut-data.npy"] = ("follow its header", plain[:-1])
    cases["two-arrays.npy"] = ("follow its header", plain + plain)
    cases["lying-length.npy"] = ("cut or damaged", plain[:8] + b"\xff\x1f" + plain[10:])
    cases["twice.npz"] = ("occurs twice", zipped([("a.npy", plain), ("a", plain)]))
    cases["not-numpy.npz"] = ("does not begin", zipped([("a.npy", b"hello, I am no array")]))
    cases["empty-member.npz"] = ("does not begin", zipped([("a.npy", b"")]))
    damaged = bytearray(zipped([("a.npy", plain)]))
    damaged[damaged.index(plain) + len(plain) - 1] ^= 1
    cases["damaged.npz"] = ("CRC-32", bytes(damaged))
    return cases


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    rows = []
    for name, raw in (single_arrays() | archives()).items():
        path = FOLDER / name
        path.write_bytes(raw)
        found = np.load(path)
        arrays = dict(found) if name.endswith(".npz") else {Path(name).stem: found}
        rows += [row(name, key, array) for key, array in arrays.items()]
    good = np.arange(6, dtype="<f4").reshape(2, 3)
    for name, array in foreign().items():
        file = f"{name}.npz"
        np.savez(FOLDER / file, good=good, bad=array)
        rows += [row(file, "good", good), (file, "bad", "-")]
    for name, (words, raw) in refused().items():
        (FOLDER / name).write_bytes(raw)
        rows.append((name, "refuse", words))
    comments = [
        f"numpy {np.__version__}, made by make_numpy.py",
        "FILE name dtype shape sha256-of-the-little-endian-bytes-in-C-order",
        "FILE name - (left out)",
        "FILE refuse words-of-the-reason",
    ]
    write_table(FOLDER / "numpy.tsv", comments, rows)
    print(f"{len({row[0] for row in rows})} files, {len(rows)} rows", file=sys.stderr)


if __name__ == "__main__":
    main()
