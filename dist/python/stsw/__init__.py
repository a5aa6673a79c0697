"""Runs the stsw command line and reads what it says: a helper for scripts, not a second library.

Each function runs one command on one file and returns the JSON object that the command prints, as a dictionary; the command
line's documentation says what is in it. A problem is a `StswError`. Functions may be called from several threads.
"""

from __future__ import annotations

import json
import os
import subprocess
from importlib.metadata import PackageNotFoundError, version
from typing import TypedDict, cast

from . import _java

__all__ = [
    "Conversion",
    "Difference",
    "Failure",
    "Histogram",
    "Measures",
    "Note",
    "Report",
    "Statistics",
    "StswError",
    "Tensor",
    "TensorDifference",
    "TensorStatistics",
    "Verification",
    "convert",
    "diff",
    "inspect",
    "stats",
    "verify",
]

try:
    __version__ = version(__package__ or "stsw")
except PackageNotFoundError:
    __version__ = "development"

StrPath = str | os.PathLike[str]


class _CheckedTensor(TypedDict, total=False):
    crc32: str


class Tensor(_CheckedTensor):
    """A tensor of a file; `data_offsets` are bytes from the start of the data, end exclusive."""

    name: str
    dtype: str
    shape: list[int]
    data_offsets: list[int]
    nbytes: int


class Report(TypedDict):
    """What `inspect` says of a file."""

    file: str
    size: int
    header_bytes: int
    data_start: int
    tensors: list[Tensor]
    metadata: dict[str, str]


class Failure(TypedDict):
    """A tensor that is not what its checksum says."""

    name: str
    error: str


class Verification(TypedDict):
    """What `verify` says of a sound file: `checked` tensors are what their checksums say."""

    file: str
    ok: bool
    checked: int


class Note(TypedDict):
    """Something that a conversion did beside copying tensors under their own names."""

    kind: str
    subject: str
    detail: str


class Conversion(TypedDict):
    """What `convert` did, or, with `dry_run`, would do."""

    file: str
    output: str
    kind: str
    dry_run: bool
    tensors: int
    nbytes: int
    crc32: bool
    notes: list[Note]


class Histogram(TypedDict):
    """How many values lie in bins of equal width from `min` to `max`."""

    min: float
    max: float
    counts: list[int]


class _TensorStatistics(TypedDict, total=False):
    histogram: Histogram | None


class TensorStatistics(_TensorStatistics):
    """What a tensor's finite values are like, `None` where there are none, and how many are not finite."""

    name: str
    dtype: str
    shape: list[int]
    count: int
    min: float | int | None
    max: float | int | None
    mean: float | None
    std: float | None
    l2: float | None
    zeros: int | None
    nan: int
    inf: int


class Statistics(TypedDict):
    """What `stats` says of a file; `nan` and `inf` are of all tensors."""

    file: str
    tensors: list[TensorStatistics]
    nan: int
    inf: int


class _Named(TypedDict):
    name: str


class Measures(_Named, total=False):
    """How far a tensor of B is from that of A; of those that differ in more than their values, nothing is measured."""

    max_abs: float | None
    mean_abs: float | None
    l2: float | None
    rel_l2: float | None
    cosine: float | None
    nan: int
    inf: int


class TensorDifference(Measures):
    """A tensor that differs, why (`dtype`, `shape` or `values`), and what it is in A and in B."""

    reason: str
    a: dict[str, object]
    b: dict[str, object]


class Difference(TypedDict):
    """What `diff` says of two models."""

    a: str
    b: str
    equal: bool
    only_a: list[str]
    only_b: list[str]
    differs: list[TensorDifference]
    close: list[Measures]
    same: int
    metadata: dict[str, object]


class StswError(Exception):
    """A command that did not end well: the message names the file and what is wrong.

    `exit_code` is 1 where the file is bad, and 2 for wrong usage or where it could not be checked; `report` is the JSON
    object that the command printed nevertheless, if it did.
    """

    def __init__(self, message: str, exit_code: int, report: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.report = report


def _run(arguments: list[str], answer: str | None = None) -> dict[str, object]:
    """`answer` is a member of what the command printed that says that it did its job, whatever its exit code."""
    try:
        words, environment = _java.command(arguments, terminal=False)
    except _java.NoJava as error:
        raise StswError(str(error), 2) from None
    done = subprocess.run(
        words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace"
    )
    lines = done.stdout.splitlines()
    report = cast("dict[str, object]", json.loads(lines[-1])) if lines else None
    answered = report is not None and (done.returncode == 0 or answer in report)
    if report is None or not answered:
        said = done.stderr.strip().removeprefix("stsw: ")
        raise StswError(said or f"ended with exit code {done.returncode}", done.returncode, report)
    return report


def _path(path: StrPath) -> str:
    text = os.fspath(path)
    # Else a file whose name begins with a dash would be an option, and a bare dash standard input.
    return os.path.join(".", text) if text.startswith("-") else text


def inspect(path: StrPath) -> Report:
    """What a file holds: its tensors and its metadata. Reads the header alone."""
    return cast(Report, _run(["inspect", "--json", _path(path)]))


def verify(path: StrPath, *, structure_only: bool = False) -> Verification:
    """Compares every tensor with its checksum. A file without checksums is an error, unless `structure_only`."""
    options = ["--structure-only"] if structure_only else []
    return cast(Verification, _run(["verify", "--json", *options, _path(path)]))


def stats(path: StrPath, *, histogram: int | None = None) -> Statistics:
    """What the values of a file's tensors are like, with histograms of so many bins. Reads all values, on all cores."""
    options = [f"--histogram={histogram}"] if histogram is not None else []
    return cast(Statistics, _run(["stats", "--json", *options, _path(path)]))


def diff(
    a: StrPath, b: StrPath, *, rtol: float = 0, atol: float = 0, structure_only: bool = False
) -> Difference:
    """Compares two models, each a file of any kind or a folder of shards. A difference is no error: see `equal`."""
    words = ["diff", "--json", f"--rtol={rtol}", f"--atol={atol}"]
    words += ["--structure-only"] if structure_only else []
    return cast(Difference, _run([*words, _path(a), _path(b)], answer="equal"))


def convert(
    source: StrPath,
    target: StrPath,
    *,
    crc32: bool = False,
    dtype: str | None = None,
    key: str | None = None,
    max_shard_size: str | None = None,
    dry_run: bool = False,
    options: list[str] | None = None,
) -> Conversion:
    """Writes a checkpoint, NumPy arrays or a safetensors file of any dialect as safetensors, whole or not at all.

    `options` are further options of the command line, as it takes them.
    """
    words = ["convert", "--json"]
    words += ["--crc32"] if crc32 else []
    words += [f"--dtype={dtype}"] if dtype is not None else []
    words += [f"--key={key}"] if key is not None else []
    words += [f"--max-shard-size={max_shard_size}"] if max_shard_size is not None else []
    words += ["--dry-run"] if dry_run else []
    return cast(Conversion, _run([*words, *(options or []), _path(source), _path(target)]))
