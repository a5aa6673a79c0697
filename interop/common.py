"""What every script here shares: where golden files live, how tables are written, how a file is put together."""

import hashlib
import json
import struct
from pathlib import Path

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "golden"

# The reference's dtypes in its rank order (ascending), with their bits an element.
BITS = {
    "BOOL": 8,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "C64": 64,
    "F64": 64,
    "I64": 64,
    "U64": 64,
}


def escape(text: str) -> str:
    """The inside of an ASCII JSON string: `\\n`, `\\"`, `\\u00e9`, surrogate pairs for astral characters."""
    return json.dumps(text)[1:-1]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def join_shape(shape) -> str:
    """`2,3`; empty for a scalar."""
    return ",".join(str(dim) for dim in shape)


def framed(header: bytes | str, data: bytes = b"") -> bytes:
    """A safetensors file: the header's length as a little-endian u64, the header, the data."""
    raw = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(raw)) + raw + data


def write_table(path: Path, comments: list[str], rows: list[tuple]) -> None:
    """Comment lines with `#`, then one line a row, columns separated by tabs."""
    lines = [f"# {comment}" for comment in comments]
    for row in rows:
        columns = [str(column) for column in row]
        assert all("\t" not in c and "\n" not in c for c in columns), columns
        lines.append("\t".join(columns))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")
