"""Writes golden/legacy/EDITION/: files as the Python original really leaves them, and legacy.tsv about them.

Two editions call themselves stsw 1.0.0 and differ in how they write checksums: the released package, and the
repository's last state. Run this once in an environment of each; README.md says how to make them.
"""

import json
import multiprocessing
import os
import random
import shutil
import zlib
from pathlib import Path

import safetensors
import stsw
import stsw._core.crc32
import stsw._core.meta
import xxhash
from stsw._core.header import build_header
from stsw._core.meta import build_aligned_offsets

from common import BITS, GOLDEN, escape, join_shape, sha256, write_table

DTYPES = sorted(stsw._core.meta.VALID_DTYPES)
EDITION = "repository" if "U8" in DTYPES else "release"
FOLDER = GOLDEN / "legacy" / EDITION
dice = random.Random(5)


def random_tensors(*specs: tuple) -> dict[str, tuple]:
    """name -> dtype, shape, bytes."""
    found = {}
    for name, dtype, shape in specs:
        size = BITS[dtype] // 8
        for dim in shape:
            size *= dim
        found[name] = dtype, shape, dice.randbytes(size)
    return found


def write(
    path: Path, tensors: dict, *, crc32=False, align=64, stop_before: str | None = None
) -> None:
    """Through the original's StreamWriter; `stop_before` a tensor (or "close") leaves as if the process was killed."""
    infos = [(name, dtype, shape, len(data)) for name, (dtype, shape, data) in tensors.items()]
    metas = build_aligned_offsets(infos, align=align)
    writer = stsw.StreamWriter.open(path, metas, crc32=crc32, align=align, buffer_size=16)
    for name, (_, _, data) in tensors.items():
        if name == stop_before:
            writer.write_block(name, data[: len(data) // 2])
            os._exit(0)
        writer.write_block(name, data)
        writer.finalize_tensor(name)
    if stop_before == "close":
        os._exit(0)
    writer.close()


def write_and_die(path: Path, tensors: dict, **options) -> None:
    """In a child that ends without any cleanup; what it leaves is the temporary file."""
    child = multiprocessing.get_context("fork").Process(
        target=write, args=(path, tensors), kwargs=options
    )
    child.start()
    child.join()
    path.with_suffix(".safetensors.tmp").rename(path)


def make_files() -> None:
    two = random_tensors(("weight", "F32", (3, 5)), ("bias", "F32", (3,)))
    every = random_tensors(*((f"t.{dtype}", dtype, (2, 3)) for dtype in DTYPES))
    aligned = random_tensors(("a", "F32", (16,)), ("b", "I8", (64,)), ("c", "I64", (2, 4)))
    odd = random_tensors(
        ("scalar", "F64", ()), ("empty", "F32", (0, 4)), ("one", "I8", (1,)), ("last", "I16", (3,))
    )
    names = random_tensors(
        ("__scale", "F32", (2,)),
        ("newline\n", "I8", (1,)),
        ("-.-_", "I8", (1,)),
        ("n" * 300, "I8", (2,)),
    )

    write(FOLDER / "plain.safetensors", two)
    write(FOLDER / "every-dtype.safetensors", every)
    write(FOLDER / "no-holes.safetensors", aligned)
    write(FOLDER / "odd-shapes.safetensors", odd)
    write(FOLDER / "odd-names.safetensors", names)
    write(FOLDER / "nothing.safetensors", {})
    for align in (1, 8, 256):
        write(FOLDER / f"align-{align}.safetensors", two, align=align)
    for where in ("weight", "bias", "close"):
        write_and_die(FOLDER / f"incomplete-{where}.safetensors", two, stop_before=where)
    for label, installed in (("zlib", False), ("xxh32", True)):
        # What the original's import of xxhash decides.
        stsw._core.crc32._xxhash_available = installed
        make_checksummed(f"crc32-{label}", aligned, odd)
        incomplete = FOLDER / f"crc32-{label}-incomplete-close.safetensors"
        write_and_die(incomplete, two, crc32=True, stop_before="close")
    write_metadata(two)


def make_checksummed(label: str, aligned: dict, odd: dict) -> None:
    """Longer and longer names, until the header ends where it does (or does not) do harm: see `state_of`."""
    for state, tensors in (
        ("complete", aligned),
        ("complete", odd),
        ("stale-tail", None),
        ("overrun", aligned),
    ):
        if tensors is None:
            tensors = random_tensors(("weight", "F32", (3, 5)))
        suffix = f"-{len(tensors)}" if state == "complete" else f"-{state}"
        path = FOLDER / f"{label}{suffix}.safetensors"
        if not write_until(path, state, tensors):
            assert EDITION == "repository" and state != "complete", state
    raw = bytearray(Path(FOLDER, f"{label}-3.safetensors").read_bytes())
    raw[-100] ^= 0x10
    Path(FOLDER, f"{label}-damaged.safetensors").write_bytes(raw)


def write_until(path: Path, state: str, tensors: dict) -> bool:
    for pad in range(64):
        try:
            write(path, {"x" * pad + name: tensor for name, tensor in tensors.items()}, crc32=True)
        except ValueError:  # The repository's edition notices that the header does not fit.
            continue
        if state_of(path.read_bytes()) == state:
            return True
        path.unlink()
    return False


def write_metadata(tensors: dict) -> None:
    """Metadata, which the original's header code knows but its writer never passes on; any JSON value is legal there."""
    infos = [(name, dtype, shape, len(data)) for name, (dtype, shape, data) in tensors.items()]
    metas = build_aligned_offsets(infos)
    data = bytearray(max(meta.offset_end for meta in metas))
    for meta in metas:
        data[meta.offset_begin : meta.offset_end] = tensors[meta.name][2]
    for label, metadata in {
        "strings": {"format": "pt", "k": "v é"},
        "values": {"epoch": 3, "lr": 0.1, "done": True, "tags": ["a", {"b": None}]},
    }.items():
        raw = build_header(metas, metadata=metadata) + data
        Path(FOLDER, f"metadata-{label}.safetensors").write_bytes(raw)


def parsed(raw: bytes) -> tuple[dict, int]:
    """The header's JSON, wherever it ends, and its length."""
    return json.JSONDecoder().raw_decode(raw[8:].decode("latin-1"))


def state_of(raw: bytes) -> str:
    """The release writes its final header, now with checksums, over the first one without asking whether it fits."""
    start = 8 + int.from_bytes(raw[:8], "little")
    header, length = parsed(raw)
    if 8 + length > start:
        return "overrun"
    if raw[8 + length : start].strip(b" "):
        return "stale-tail"
    if "__incomplete__" in header:
        end = max(info["data_offsets"][1] for info in header.values() if isinstance(info, dict))
        return "incomplete-whole" if start + end <= len(raw) else "incomplete-cut"
    return "complete"


def rows_of(path: Path) -> list[tuple]:
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header, length = parsed(raw)
    state = state_of(raw)
    overwritten = -(-(8 + length) // 64) * 64 - start if state == "overrun" else 0
    assert header.pop("__version__") == "1.0"
    assert header.pop("__incomplete__", False) == state.startswith("incomplete")
    metadata = header.pop("__metadata__", {})
    kinds, tensors = set(), []
    for name, info in header.items():
        begin, end = info["data_offsets"]
        data = raw[start + begin : start + end]
        lost = len(data) < end - begin or begin < min(end, overwritten)
        stored = info.get("crc32")
        if stored is not None:
            kinds.add("placeholder" if state.startswith("incomplete") else kind_of(stored, data))
        crc32 = "-" if stored is None else f"{stored:08x}"
        where = info["dtype"], join_shape(info["shape"]), begin, end
        tensors.append(
            (path.name, "tensor", escape(name), *where, crc32, "-" if lost else sha256(data))
        )
    checksums = "+".join(sorted(kinds - {"none"})) or "-"
    rows = [(path.name, "file", state, checksums, escape(reference_error(raw)))]
    rows += [
        (path.name, "metadata", escape(key), escape(json.dumps(value)))
        for key, value in metadata.items()
    ]
    return rows + tensors


def kind_of(stored: int, data: bytes) -> str:
    """Which checksum it is; the original stores 0 for no bytes, where XXH32 itself gives 02cc5d05."""
    if not data:
        assert stored == 0
        return "none"
    if stored == zlib.crc32(data):
        return "zlib"
    return "xxh32" if stored == xxhash.xxh32(data, seed=0).intdigest() else "wrong"


def reference_error(raw: bytes) -> str:
    try:
        safetensors.deserialize(raw)
    except safetensors.SafetensorError as error:
        return str(error)
    return ""


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    make_files()
    rows = [row for path in sorted(FOLDER.glob("*.safetensors")) for row in rows_of(path)]
    comments = [
        f"stsw 1.0.0 (the Python original, {EDITION}), made by make_legacy.py",
        "FILE file state checksums reference's-error",
        "FILE metadata key JSON-value; FILE tensor name dtype shape begin end crc32 sha256 (- where bytes are lost)",
    ]
    write_table(FOLDER / "legacy.tsv", comments, rows)


if __name__ == "__main__":
    main()
