"""Hostile checkpoints: (file, group, verdict, what is wrong, bytes)."""

from hostile import (
    bombs,
    calls,
    deflate,
    foreign,
    geometry,
    products,
    stacks,
    storages,
    streams,
    tars,
    trees,
    zips,
)

MODULES = (calls, bombs, stacks, storages, geometry, products, trees, zips, deflate, streams, tars, foreign)


def all_cases():
    """Each module's groups say their names themselves."""
    for module in MODULES:
        for group in module.GROUPS:
            for name, verdict, why, raw in group():
                yield f"{group.__name__}-{name}.pt", group.__name__, verdict, why, raw
