"""Writes golden/headers.tsv: hostile and valid files with the verdict of the reference, which is really asked."""

import base64
import json
import sys
import tempfile
from pathlib import Path

import safetensors

from common import GOLDEN, escape, write_table
from header_cases import all_cases

# The reference names a random one of several bad tensors: ask often, keep the smallest text.
TRIES = 24


def main() -> None:
    rows, seen = [], {}
    for name, raw in all_cases():
        name = escape(name).replace(" ", "\\u0020")
        assert name not in seen.values(), name
        if raw in seen:
            continue
        seen[raw] = name
        error = verdict(raw)
        accepted = error is None
        deviation = ",".join(deviations(raw)) if accepted else ""
        row = [
            name,
            "accept" if accepted else "reject",
            escape(error or ""),
            base64.b64encode(raw).decode(),
        ]
        rows.append([*row, f"deviation:{deviation}"] if deviation else row)
    comments = [
        f"safetensors {safetensors.__version__}, made by make_headers.py; every verdict is the reference's own",
        "name, accept|reject, the reference's error (JSON-escaped), base64 of the file, deviation:kinds where we are stricter",
    ]
    write_table(GOLDEN / "headers.tsv", comments, rows)
    accepts = sum(row[1] == "accept" for row in rows)
    print(
        f"{len(rows)} cases, {accepts} accepted, {sum(len(row) == 5 for row in rows)} deviations",
        file=sys.stderr,
    )


def verdict(raw: bytes) -> str | None:
    """The reference's error text, or None if it accepts the file; both of its doors must agree."""
    errors = {deserialize_error(raw) for _ in range(TRIES)}
    assert len({error is None for error in errors}) == 1, errors
    assert (open_error(raw) is None) == (None in errors), (errors, raw)
    return None if None in errors else min(errors)


def deserialize_error(raw: bytes) -> str | None:
    try:
        safetensors.deserialize(raw)
    except safetensors.SafetensorError as error:
        return str(error)
    return None


def open_error(raw: bytes) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "case.safetensors")
        path.write_bytes(raw)
        try:
            with safetensors.safe_open(path, framework="numpy") as file:
                file.keys()
        except (safetensors.SafetensorError, OSError) as error:
            return str(error)
    return None


def deviations(raw: bytes) -> list[str]:
    """Why we refuse this file although the reference accepts it; empty if we accept it too."""
    kinds = set()
    header = raw[8 : 8 + int.from_bytes(raw[:8], "little")]

    def unique(pairs):
        if len(dict(pairs)) < len(pairs):
            kinds.add("duplicate-key")
        return dict(pairs)

    entries = json.loads(
        header, object_pairs_hook=unique, parse_int=float if len(header) > 4000 else int
    )
    if not header.startswith(b"{"):
        kinds.add("leading-space")
    for name, info in entries.items():
        if name == "__metadata__":
            continue
        if isinstance(info, list):
            kinds.add("info-as-array")
            info = dict(zip(("dtype", "shape", "data_offsets"), info, strict=True))
        if isinstance(info["dtype"], dict):
            kinds.add("dtype-as-object")
        if any(dim >= 2**63 for dim in info["shape"]):
            kinds.add("dimension-range")
    return sorted(kinds)


if __name__ == "__main__":
    main()
