"""Checkpoints: (file name, object, writer, reason to refuse it or None). Today's torch first, then older ones and other tools."""

from pathlib import Path

from checkpoints import containers, crafts, extras, modules, refused, trees, views

SAVED = (containers, views, modules, extras, refused, trees)


def all_cases():
    for module in SAVED:
        for cases in module.GROUPS:
            for name, thing, write, *refusal in cases():
                yield name, thing, write, refusal[0] if refusal else None
    for cases in crafts.GROUPS:
        for name, thing, raw in cases():
            yield name, thing, writer(raw), None


def writer(raw: bytes):
    return lambda path, _: Path(path).write_bytes(raw)
