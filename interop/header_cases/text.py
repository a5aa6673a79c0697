"""Whitespace, escapes and encodings."""

import itertools

from common import framed
from header_cases.pieces import (
    GOOD,
    with_ignored,
    with_metadata,
    with_name,
)

SPACES = {
    "space": " ",
    "tab": "\t",
    "lf": "\n",
    "cr": "\r",
    "nul": "\0",
    "vt": "\v",
    "ff": "\f",
    "us": "\x1f",
    "nel": "\x85",
    "nbsp": "\xa0",
    "zwsp": "\u200b",
    "line-separator": "\u2028",
    "ideographic": "\u3000",
    "bom": "\ufeff",
}
POSITIONS = {
    "before": "@" + GOOD,
    "after-brace": GOOD.replace("{", "{@", 1),
    "before-colon": GOOD.replace(":", "@:", 1),
    "after-colon": GOOD.replace(":", ":@", 1),
    "after-comma": GOOD.replace(",", ",@", 1),
    "in-array": GOOD.replace("[0,", "[@0@,@"),
    "in-number": GOOD.replace("[4]", "[@1@0]").replace("[0,4]", "[0,10]"),
    "in-field-name": GOOD.replace("dtype", "dt@ype"),
    "before-last-brace": GOOD[:-1] + "@}",
    "after": GOOD + "@",
}


def whitespace_cases():
    for (kind, space), (where, text) in itertools.product(SPACES.items(), POSITIONS.items()):
        yield (
            f"{kind}-{where}",
            framed(text.replace("@", space), bytes(10 if where == "in-number" else 4)),
        )
    for count in (1, 2, 7, 8, 63, 500):
        yield f"{count}-spaces-before", framed(" " * count + GOOD, bytes(4))
        yield f"{count}-spaces-after", framed(GOOD + " " * count, bytes(4))
        yield f"{count}-nuls-after", framed(GOOD + "\0" * count, bytes(4))
    yield "all-kinds-everywhere", framed(GOOD.replace(":", " \t\r\n:\n\r\t ") + "\n\t\r ", bytes(4))
    yield "only-spaces", framed(" " * 16)
    yield "spaces-then-object-in-data", framed("        ", GOOD.encode())
    yield "ff-padding", framed(GOOD.encode() + b"\xff\xff", bytes(4))


ESCAPES = {
    **{f"short-{c}": "\\" + c for c in '"\\/bfnrt'},
    **{
        f"u-{h}": "\\u" + h
        for h in "0000 0009 000a 001f 0022 002F 005c 0061 00E9 00e9 fffd FFFE ffff".split()
    },
    **{
        f"bad-{c}": "\\" + c
        for c in "a 0 x41 v e ' U0061 u u0 u00 u006 u006g u{61} u+061 u-061 N{BULLET}".split()
    },
    "backslash-newline": "\\\n",
    "backslash-space": "\\ ",
    "pair": "\\ud83d\\ude00",
    "pair-upper-case": "\\uD83D\\uDE00",
    "pair-first": "\\ud800\\udc00",
    "pair-last": "\\udbff\\udfff",
    "two-pairs": "\\ud83d\\ude00\\ud83d\\ude01",
    "high": "\\ud800",
    "high-then-text": "\\ud800x",
    "high-then-newline-escape": "\\ud800\\n",
    "high-then-bmp": "\\ud800\\u0061",
    "high-then-high": "\\ud800\\ud800",
    "high-then-high-low": "\\ud800\\ud800\\udc00",
    "high-then-raw-astral": "\\ud83d\U0001f600",
    "low": "\\udc00",
    "low-then-high": "\\udc00\\ud800",
    "high-then-cut": "\\ud800\\u",
    "high-then-cut-low": "\\ud800\\udc0",
    "high-then-backslash-u-upper": "\\ud800\\Udc00",
}


def string_cases():
    for code in [*range(0x20), 0x7F, 0x80, 0x9F]:
        yield f"control-{code:02x}-in-name", with_name(f"x{chr(code)}y")
        if code in (0x00, 0x0A, 0x1F, 0x7F):
            yield f"control-{code:02x}-in-metadata", with_metadata(f'{{"k":"x{chr(code)}y"}}')
            yield f"control-{code:02x}-in-ignored", with_ignored(f'"x{chr(code)}y"')
    for label, text in ESCAPES.items():
        yield f"{label}-in-name", with_name(text)
        yield f"{label}-in-metadata-key", with_metadata('{"' + text + '":"v"}')
        yield f"{label}-in-metadata-value", with_metadata('{"k":"' + text + '"}')
        yield f"{label}-in-ignored-value", with_ignored('"' + text + '"')
        yield f"{label}-in-ignored-key", with_ignored('{"' + text + '":0}')
    yield (
        "escaped-field-names",
        framed(GOOD.replace("dtype", "\\u0064type").replace("shape", "s\\u0068ape"), bytes(4)),
    )
    yield "escaped-dtype-value", framed(GOOD.replace('"U8"', '"\\u00558"'), bytes(4))
    yield (
        "escaped-metadata-key",
        framed(GOOD.replace('{"a"', '{"\\u005f_metadata__":{},"a"'), bytes(4)),
    )
    yield "unterminated-name", framed('{"a')
    yield "unterminated-by-escape", framed('{"a\\')
    yield "single-quotes", framed(GOOD.replace('"', "'"), bytes(4))


UTF8 = {
    "two": "é".encode(),
    "three": "€".encode(),
    "four": "😀".encode(),
    "first-two-byte": b"\xc2\x80",
    "first-three-byte": b"\xe0\xa0\x80",
    "first-four-byte": b"\xf0\x90\x80\x80",
    "below-surrogates": b"\xed\x9f\xbf",
    "above-surrogates": b"\xee\x80\x80",
    "replacement": b"\xef\xbf\xbd",
    "nonchar-fffe": b"\xef\xbf\xbe",
    "nonchar-ffff": b"\xef\xbf\xbf",
    "last": b"\xf4\x8f\xbf\xbf",
    "overlong-nul": b"\xc0\x80",
    "overlong-slash-2": b"\xc0\xaf",
    "overlong-c1": b"\xc1\xbf",
    "overlong-slash-3": b"\xe0\x80\xaf",
    "overlong-3-last": b"\xe0\x9f\xbf",
    "overlong-slash-4": b"\xf0\x80\x80\xaf",
    "overlong-4-last": b"\xf0\x8f\xbf\xbf",
    "overlong-quote": b"\xc0\xa2",
    "five-bytes": b"\xf8\x88\x80\x80\x80",
    "six-bytes": b"\xfc\x84\x80\x80\x80\x80",
    "first-surrogate": b"\xed\xa0\x80",
    "last-surrogate": b"\xed\xbf\xbf",
    "cesu-pair": b"\xed\xa0\xbd\xed\xb8\x80",
    "above-10ffff": b"\xf4\x90\x80\x80",
    "f5": b"\xf5\x80\x80\x80",
    "fe": b"\xfe",
    "ff": b"\xff",
    "lone-continuation": b"\x80",
    "lone-continuation-bf": b"\xbf",
    "extra-continuation": b"\xc3\xa9\xa9",
    "cut-two": b"\xc3",
    "cut-three-1": b"\xe2",
    "cut-three-2": b"\xe2\x82",
    "cut-four-1": b"\xf0",
    "cut-four-2": b"\xf0\x9f",
    "cut-four-3": b"\xf0\x9f\x98",
    "latin-1": b"caf\xe9",
}


def utf8_cases():
    for label, raw in UTF8.items():
        yield f"{label}-in-name", with_name(raw)
        yield f"{label}-in-metadata", with_metadata(b'{"k":"' + raw + b'"}')
        yield f"{label}-in-ignored", with_ignored(b'"' + raw + b'"')
    for label in ("two", "first-surrogate", "ff", "cut-three-2"):
        yield (
            f"{label}-between-tokens",
            framed(GOOD.encode().replace(b":", b":" + UTF8[label], 1), bytes(4)),
        )
        yield f"{label}-at-the-end", framed(GOOD.encode() + UTF8[label], bytes(4))
    # A character whose second half is the first byte of the data.
    yield "cut-by-the-header-end", framed(GOOD.encode() + b"\xc3", b"\xa9\0\0\0")
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "utf-8-sig"):
        yield f"whole-in-{encoding}", framed(GOOD.encode(encoding), bytes(4))
    yield "whole-in-ebcdic", framed(GOOD.encode("cp037"), bytes(4))


GROUPS = {"whitespace": whitespace_cases, "string": string_cases, "utf8": utf8_cases}
