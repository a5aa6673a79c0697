"""Hostile and valid files, as bytes. What is right or wrong about them, only the reference says (make_headers.py)."""

from header_cases import fields, files, geometry, names, structure, text, types

MODULES = (types, text, structure, geometry, fields, names, files)


def all_cases():
    for module in MODULES:
        for group, cases in module.GROUPS.items():
            for name, raw in cases():
                yield f"{group}/{name}", raw
