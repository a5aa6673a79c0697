"""Names of every kind."""

import json

from header_cases.pieces import (
    layout,
    u8,
    with_metadata,
    with_name,
)

NAMES = {
    "empty": "",
    "space": " ",
    "dot": ".",
    "dot-dot": "..",
    "traversal": "../../etc/passwd",
    "absolute": "/etc/passwd",
    "backslashes": "..\\..\\boot.ini",
    "drive": "C:\\x",
    "quote": 'a"b',
    "slash": "a/b",
    "tab": "a\tb",
    "newline": "a\nb",
    "carriage-return": "a\rb",
    "nul": "a\0b",
    "esc": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;pwned\x07",
    "bell": "\x07",
    "delete": "\x7f",
    "c1": "\x9b31m",
    "bidi": "abc\u202etxt.exe\u202c",
    "isolate": "\u2066x\u2069",
    "zero-width": "a\u200bb",
    "combining": "e\u0301",
    "zalgo": "Z" + "\u0351\u0322" * 50,
    "nbsp": "a\u00a0b",
    "cjk": "重み",
    "arabic": "وزن",
    "emoji": "😀",
    "family": "👨\u200d👩\u200d👧",
    "flag": "🇩🇪",
    "astral": "\U00010000",
    "last": "\U0010ffff",
    "fffd": "\ufffd",
    "fffe": "\ufffe",
    "ffff": "\uffff",
    "private": "\ue000",
    "bom": "\ufeffx",
    "line-separator": "\u2028",
    "dollar": "${jndi:x}",
    "percent": "%s%n%x",
    "markup": "<script>alert(1)</script>",
    "glob": "*",
    "option": "--help",
    "true": "true",
    "number": "0",
    "data-offsets": "data_offsets",
    "proto": "__proto__",
    "constructor": "constructor",
    "1000": "n" * 1000,
    "60000": "n" * 60_000,
    "300-characters-900-bytes": "\u20ac" * 300,
}


def name_cases():
    for label, name in NAMES.items():
        yield label, with_name(json.dumps(name, ensure_ascii=False)[1:-1])
        if len(name) < 1000:
            yield (
                f"{label}-as-metadata",
                with_metadata(json.dumps({name: name}, ensure_ascii=False)),
            )
    everything = list(dict.fromkeys(name for name in NAMES.values() if len(name) < 1000))
    yield (
        "all-together",
        layout(*[(name, u8(i, i + 1)) for i, name in enumerate(everything)], data=len(everything)),
    )


GROUPS = {"name": name_cases}
