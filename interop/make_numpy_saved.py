"""Writes golden/numpy-saved/: what numpy.save and numpy.savez make of arrays, for a writer to make the same of them."""

import base64
import hashlib
import io
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from common import GOLDEN, join_shape, write_table
from make_numpy import DTYPES, SHAPES, values

FOLDER = GOLDEN / "numpy-saved"
MOST_DIMENSIONS = 64


class Pipe:
    """Takes bytes and has no positions, as standard output."""

    def __init__(self):
        self.bytes = bytearray()

    def write(self, data) -> int:
        self.bytes += data
        return len(data)

    def read(self) -> None:
        """Numpy asks whether it is there; that is how it knows files."""

    def flush(self) -> None:
        pass


class Skeleton(io.RawIOBase):
    """A file of which only what is no block of zeros is kept: by position, the last that was written there."""

    def __init__(self):
        self.at = 0
        self.pieces = {}

    def writable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self.at

    def seek(self, position, whence=0):
        assert whence == 0
        self.at = position
        return position

    def write(self, data):
        raw = bytes(data)
        if len(raw) < 10_000 or raw.count(0) < len(raw):
            self.pieces[self.at] = raw
        self.at += len(raw)
        return len(raw)


def arrays() -> dict[str, np.ndarray]:
    """Every dtype in every shape, and names that are not plain."""
    found = {}
    for index, dtype in enumerate(DTYPES):
        for at, shape in enumerate([*SHAPES, (3,), (1, 1), (0, 0)]):
            found[f"{dtype}/{at}"] = values(dtype, shape, 1000 * index + at)
    for at, name in enumerate(("ümläut", "層.0.重み", "🦊", "", "a.npy", "../up", "with space", "tab\tnew\nline", "x" * 300)):
        found[name] = values("f4", (2, at), at)
    return found


def headers() -> list[tuple]:
    """Shapes whose elements need not be there, since there are none: dtype, shape, the file."""
    shapes = [
        (0, 1 << 60),
        (1 << 60, 0),
        (0, 12, 345, 6789),
        (1234567, 0, 89),
        (1,) * MOST_DIMENSIONS,
        (0,) + (2,) * 40,
        # The literal grows by one until the padding has been through all its lengths.
        *[(0,) + (1,) * ones + (10**digits,) for ones in range(10) for digits in range(0, 18, 2)],
    ]
    rows = []
    for at, shape in enumerate(shapes):
        dtype = ["f4", "u1", "c8"][at % 3]
        array = np.zeros(shape, dtype) if 0 not in shape else np.empty(shape, dtype)
        out = io.BytesIO()
        np.save(out, array)
        rows.append((dtype, DTYPES[dtype], join_shape(shape), base64.b64encode(out.getvalue()).decode()))
    return rows


def impossible() -> list[tuple]:
    """Arrays that numpy cannot make: dtype, shape."""
    rows = []
    for dtype, shape in (
        ("u1", (1,) * (MOST_DIMENSIONS + 1)),
        ("f4", (0, 1 << 61)),
        ("u1", (0, 1 << 62, 4)),
        ("f8", (1 << 60, 0)),
        ("u1", (1 << 40, 1 << 40, 0)),
    ):
        try:
            np.empty(shape, dtype)
        except ValueError:
            rows.append((DTYPES[dtype], join_shape(shape)))
        else:
            raise AssertionError(f"numpy makes {dtype} {shape}")
    return rows


def large() -> list[tuple]:
    """Beyond what 31 and 32 bits count, of one member and of all before it: position, bytes."""
    out = Skeleton()
    small = np.arange(3, dtype="u1")
    most = (1 << 31) - 1 - 128  # With a head of 128 bytes.
    zeros = {"a": most, "b": most + 1, "d": (1 << 32) + 5}
    np.savez(out, **{name: np.zeros(zeros[name], "u1") if name in zeros else small for name in "abcde"})
    rows = []
    end = -1
    for position, piece in sorted(out.pieces.items()):
        if position == end:
            rows[-1] = (rows[-1][0], rows[-1][1] + piece.hex())
        else:
            rows.append((position, piece.hex()))
        end = position + len(piece)
    return rows


def many() -> tuple:
    """More members than 16 bits count."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.npz"
        np.savez(path, **{f"{at}": np.zeros(0, "u1") for at in range(1 << 16)})
        raw = path.read_bytes()
    return 1 << 16, len(raw), hashlib.sha256(raw).hexdigest()


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    found = arrays()
    np.savez(FOLDER / "file.npz", **found)
    pipe = Pipe()
    np.savez(pipe, **found)
    (FOLDER / "pipe.npz").write_bytes(pipe.bytes)
    with zipfile.ZipFile(FOLDER / "file.npz") as archive:
        for name, array in found.items():
            alone = io.BytesIO()
            np.save(alone, array)
            assert archive.read(name + ".npy") == alone.getvalue(), name
    about = f"numpy {np.__version__}, Python {sys.version.split()[0]}, made by make_numpy_saved.py"
    write_table(FOLDER / "headers.tsv", [about, "descr dtype shape base64-of-the-npy"], headers())
    write_table(FOLDER / "impossible.tsv", [about, "dtype shape"], impossible())
    write_table(FOLDER / "large.tsv", [about, "position hex (all but blocks of zeros)"], large())
    write_table(FOLDER / "many.tsv", [about, "members size sha256 (each an empty u1, called 0, 1, 2 and so on)"], [many()])
    print(f"{len(found)} arrays", file=sys.stderr)


if __name__ == "__main__":
    main()
