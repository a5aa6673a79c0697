"""
Checkpoints: (file name, object, writer, reason to refuse it or None, key of the model or None if a rule says it). Today's
torch first, then older ones and other tools.
"""

from pathlib import Path

from checkpoints import containers, crafts, extras, modules, refused, trees, views, wrappers

SAVED = (containers, views, modules, extras, refused, trees, wrappers)


def all_cases():
    for module in SAVED:
        for cases in module.GROUPS:
            for name, thing, write, *more in cases():
                refusal, key = (*more, None, None)[:2]
                yield name, thing, write, refusal, key
    for cases in crafts.GROUPS:
        for name, thing, raw in cases():
            yield name, thing, writer(raw), None, None


def writer(raw: bytes):
    return lambda path, _: Path(path).write_bytes(raw)
