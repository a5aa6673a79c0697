"""Hostile and valid files, as bytes. What is right or wrong about them, only the reference says (make_headers.py)."""

import itertools
import json
import pickle
import random
import struct
import zlib

from common import BITS, framed

GOOD = '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}'


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def info(dtype: str, shape, begin, end, extra: str = "") -> str:
    dims = ",".join(str(dim) for dim in shape)
    return f'{{"dtype":{quoted(dtype)},"shape":[{dims}],"data_offsets":[{begin},{end}]{extra}}}'


def u8(begin: int, end: int) -> str:
    return info("U8", [end - begin], begin, end)


def layout(*tensors: tuple, data: int) -> bytes:
    """Named infos in the header's order, before so many bytes of data."""
    entries = ",".join(f"{quoted(name)}:{body}" for name, body in tensors)
    return framed("{" + entries + "}", bytes(range(data)))


def with_name(raw_name: str | bytes) -> bytes:
    """One tensor whose name is these raw bytes between the quotes."""
    raw = raw_name.encode() if isinstance(raw_name, str) else raw_name
    return framed(b'{"' + raw + b'":' + u8(0, 1).encode() + b"}", b"\x07")


def with_metadata(raw: str | bytes) -> bytes:
    value = raw.encode() if isinstance(raw, str) else raw
    return framed(b'{"__metadata__":' + value + b',"a":' + u8(0, 1).encode() + b"}", b"\x07")


def with_ignored(raw: str | bytes) -> bytes:
    """A tensor's entry with an unknown key that has this value."""
    value = raw.encode() if isinstance(raw, str) else raw
    body = b'{"a":{"dtype":"U8","x":' + value + b',"shape":[1],"data_offsets":[0,1]}}'
    return framed(body, b"\x07")


def with_info(raw: str) -> bytes:
    return framed('{"a":' + raw + "}", b"\x01\x02\x03\x04")


def dtype_cases():
    for dtype, bits in BITS.items():
        size = bits  # Eight elements fill as many bytes as an element has bits.
        yield f"{dtype}-eight", layout(("a", info(dtype, [2, 4], 0, size)), data=size)
        yield f"{dtype}-one-byte-short", layout(("a", info(dtype, [8], 0, size - 1)), data=size - 1)
        yield f"{dtype}-one-byte-long", layout(("a", info(dtype, [8], 0, size + 1)), data=size + 1)
        yield f"{dtype}-scalar", layout(("a", info(dtype, [], 0, bits // 8)), data=bits // 8)
        yield f"{dtype}-none", layout(("a", info(dtype, [3, 0], 0, 0)), data=0)
        if bits < 8:
            for count in range(1, 13):
                down, up = count * bits // 8, -(-count * bits // 8)
                for size in sorted({down, up}):
                    entry = info(dtype, [count], 0, size)
                    yield f"{dtype}-{count}-in-{size}", layout(("a", entry), data=size)
            both = ("a", info(dtype, [1], 0, 0)), ("b", info(dtype, [7], 0, 7 * bits // 8))
            yield f"{dtype}-split-inside-a-byte", layout(*both, data=7 * bits // 8)
            yield f"{dtype}-odd-zero-elements", layout(("a", info(dtype, [0, 3], 0, 0)), data=0)
    unknown = (
        "f32 F8 F128 F6 F4_E2M1 F8_E4M3FN F8_E5M2FN BFLOAT16 float32 U128 I4 U4 C32 C128 bool "
        "Bool BF 16 F BF16\\n F32\\u0000 \\u0046\\u0033\\u0032 F32\\u0020 é"
    ).split()
    for name in ["", " ", " F32", "F32 ", *unknown]:
        raw = '{"dtype":"' + name + '","shape":[1],"data_offsets":[0,4]}'
        yield f"name-{name!a}", with_info(raw)
    other = (
        '{"F32":null} {"F32":{}} {"F32":[]} {"F32":0} {"F32":"F32"} {"F32":null,"F16":null} '
        '{"F99":null} {"F32":null,"F32":null} {} null true 5 32.0 [] ["F32"] ["F32",null] F32 "F32'
    ).split()
    for value in other:
        raw = '{"dtype":' + value + ',"shape":[1],"data_offsets":[0,4]}'
        yield f"value-{value}", with_info(raw)


NUMBERS = {
    **{
        n: n
        for n in "0 -0 1 -1 +1 01 00 1. .5 1.0 0.0 -0.0 1.5 1e0 1E0 1e+0 0e0 10e-1 1e 1e+ 1.e1".split()
    },
    **{n: n for n in "- -01 0x1 0b1 1_0 1f 1n ١ １ NaN nan Infinity -Infinity null true".split()},
    "2^53+1": "9007199254740993",
    "2^63-1": str(2**63 - 1),
    "2^63": str(2**63),
    "2^64-1": str(2**64 - 1),
    "2^64": str(2**64),
    "-2^63": str(-(2**63)),
    "-2^63-1": str(-(2**63) - 1),
    "30-digits": "1" + "0" * 28 + "7",
    "1000-digits": "9" * 1000,
    "300-zeros-and-1": "0" * 300 + "1",
    "one-point-300-zeros": "1." + "0" * 300,
    **{n: n for n in "1e19 1e400 -1e400 1e-400 1e308 1.8e308 1e99999999999 0e99999999999".split()},
    "string": '"1"',
    "array": "[1]",
    "object": "{}",
    "two": "1 1",
    "empty": "",
}


def number_cases():
    for label, n in NUMBERS.items():
        yield f"dim-{label}", with_one_byte(f'"shape":[{n}],"data_offsets":[0,1]')
        yield f"zero-dim-{label}", framed('{"a":' + info("U8", [0, n], 0, 0) + "}")
        yield f"begin-{label}", with_one_byte(f'"shape":[1],"data_offsets":[{n},1]')
        yield f"end-{label}", with_one_byte(f'"shape":[1],"data_offsets":[0,{n}]')
        yield f"ignored-{label}", with_ignored(n)
        if len(n) < 100:
            yield f"ignored-array-{label}", with_ignored(f"[0,{n},{{}}]")
    for label in ("0", "1.0", "2^64", "1e400", "NaN", "string"):
        yield f"metadata-value-{label}", with_metadata('{"k":' + NUMBERS[label] + "}")
        yield f"info-{label}", with_info(NUMBERS[label])
        yield f"whole-{label}", framed(NUMBERS[label])


def with_one_byte(fields: str) -> bytes:
    return framed('{"a":{"dtype":"U8",' + fields + "}}", b"\x07")


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


def nested(depth: int, kind: str) -> str:
    if kind == "arrays":
        return "[" * depth + "]" * depth
    if kind == "objects":
        return '{"k":' * depth + "0" + "}" * depth
    pairs = depth // 2
    return (
        '[{"k":' * pairs
        + "[" * (depth % 2)
        + "]" * (depth % 2)
        + ("" if depth % 2 else "0")
        + "}]" * pairs
    )


def nesting_cases():
    for kind, depth in itertools.product(
        ("arrays", "objects", "mixed"), [100, *range(123, 131), 200]
    ):
        yield f"{kind}-{depth}-ignored", with_ignored(nested(depth, kind))
    for kind in ("arrays", "objects"):
        for depth in (1, 126, 127, 128):
            yield (
                f"{kind}-{depth}-as-metadata-value",
                with_metadata('{"k":' + nested(depth, kind) + "}"),
            )
            yield f"{kind}-{depth}-as-info", with_info(nested(depth, kind))
            yield (
                f"{kind}-{depth}-as-dim",
                with_one_byte(f'"shape":[{nested(depth, kind)}],"data_offsets":[0,1]'),
            )
            yield f"{kind}-{depth}-as-header", framed(nested(depth, kind))
    yield "1000-arrays-ignored", with_ignored(nested(1000, "arrays"))
    yield "1000-open-arrays", framed('{"a":' + "[" * 1000)
    yield "200-open-objects", framed('{"a":' * 200)
    yield (
        "siblings-20-deep",
        with_ignored("[" + ",".join(["[" * 20 + "]" * 20] * 30) + "]"),
    )


def layout_cases():
    a, b, c = u8(0, 4), u8(4, 6), u8(6, 9)
    for order in itertools.permutations((("a", a), ("b", b), ("c", c))):
        yield "order-" + "".join(name for name, _ in order), layout(*order, data=9)
    yield "first-not-at-0", layout(("a", u8(1, 5)), data=5)
    yield "first-not-at-0-exact-size", layout(("a", u8(4, 8)), data=4)
    yield "hole", layout(("a", a), ("b", u8(5, 6)), data=6)
    yield "hole-to-64", layout(("a", a), ("b", u8(64, 66)), data=66)
    yield "hole-in-the-last-byte", layout(("a", a), data=5)
    yield "overlap-one-byte", layout(("a", a), ("b", u8(3, 6)), data=6)
    yield "overlap-inside", layout(("a", a), ("b", u8(1, 3)), data=4)
    yield "same-range-twice", layout(("a", a), ("b", a), data=4)
    yield "same-range-twice-but-size", layout(("a", a), ("b", a), data=8)
    yield "same-begin", layout(("a", u8(0, 2)), ("b", a), data=4)
    yield "same-end", layout(("a", a), ("b", u8(2, 4)), data=4)
    yield "reversed", layout(("a", info("U8", [4], 4, 0)), data=4)
    yield "reversed-empty", layout(("a", info("U8", [0], 1, 0)), data=0)
    yield "reversed-second", layout(("a", a), ("b", info("U8", [2], 4, 2)), data=4)
    yield "one-byte-missing", layout(("a", a), data=3)
    yield "all-bytes-missing", layout(("a", a), data=0)
    yield "one-byte-more", layout(("a", a), data=5)
    yield "eight-bytes-more", layout(("a", a), data=12)
    yield "data-without-tensors", framed("{}", b"x")
    yield "end-past-the-file", layout(("a", u8(0, 9)), data=4)
    for label, offset in (
        ("2^31", 2**31),
        ("2^63", 2**63),
        ("2^64-1", 2**64 - 1),
        ("2^64-8", 2**64 - 8),
    ):
        yield f"end-{label}", layout(("a", info("U8", [offset], 0, offset)), data=4)
        yield f"begin-{label}", layout(("a", info("U8", [0], offset, offset)), data=0)
        yield f"begin-{label}-end-4", layout(("a", info("U8", [4], offset, 4)), data=4)
    for where in range(10):
        empty = info("F32", [0], where, where)
        yield f"empty-at-{where}-first", layout(("e", empty), ("a", a), ("b", b), data=6)
        yield f"empty-at-{where}-last", layout(("a", a), ("b", b), ("e", empty), data=6)
    yield "only-empty", layout(("e", info("F32", [0], 0, 0)), data=0)
    yield "only-empty-at-1", layout(("e", info("F32", [0], 1, 1)), data=1)
    same = [(f"e{i}", info("F64", [0, 7], 4, 4)) for i in range(5)]
    yield "many-empty-at-one-place", layout(("a", a), *same, ("b", b), data=6)
    yield "empty-with-one-byte", layout(("e", info("U8", [0], 0, 1)), data=1)
    yield "full-with-no-byte", layout(("e", info("U8", [1], 0, 0)), data=0)
    yield "unaligned-f64", layout(("a", u8(0, 1)), ("b", info("F64", [1], 1, 9)), data=9)
    yield "data-starts-unaligned", framed(GOOD + " ", bytes(4))
    yield "bool-of-2-and-255", framed('{"a":' + info("BOOL", [2], 0, 2) + "}", b"\x02\xff")
    yield "wrong-total-right-offsets", layout(("a", info("U8", [2], 0, 4)), data=4)
    yield "wrong-order-of-dims", layout(("a", info("F32", [1, 2], 0, 4)), data=4)
    yield "hundred-tensors", layout(*[(f"t{i}", u8(i, i + 1)) for i in range(100)], data=100)


def shape_cases():
    big = 2**63
    shapes = {
        "0,2^63-1,4": [0, big - 1, 4],
        "0,2^63,4": [0, big, 4],
        "0,2^64-1": [0, 2**64 - 1],
        "2^64-1,0": [2**64 - 1, 0],
        "2^62,2,0": [2**62, 2, 0],
        "2^62,4,0": [2**62, 4, 0],
        "2^63,2,0": [big, 2, 0],
        "2^63,4,0": [big, 4, 0],
        "2^63-1,2,0": [big - 1, 2, 0],
        "2^63-1,3,0": [big - 1, 3, 0],
        "2^32,2^32,0": [2**32, 2**32, 0],
        "2^32,0,2^32": [2**32, 0, 2**32],
        "2^32,2^31,0": [2**32, 2**31, 0],
        "2^32,2^32": [2**32, 2**32],
        "2^63": [big],
        "2^61": [2**61],
        "2^61-1": [2**61 - 1],
        "2^60": [2**60],
        "2^64-1": [2**64 - 1],
        "0,0": [0, 0],
        "0": [0],
        "1,0,1": [1, 0, 1],
    }
    for label, shape in shapes.items():
        for dtype in ("U8", "F4", "F64"):
            yield f"{dtype}-{label}", layout(("a", info(dtype, shape, 0, 0)), data=0)
    for rank in (0, 1, 8, 32, 33, 64, 65, 300):
        yield f"rank-{rank}", layout(("a", info("U8", [1] * rank, 0, 1)), data=1)
        yield f"rank-{rank}-of-zeros", layout(("a", info("U8", [0] * rank, 0, 0)), data=0)
    yield "product-wraps-to-1", layout(("a", info("U8", [(2**64 + 1) // 641, 641], 0, 1)), data=1)
    yield "bits-wrap-to-8", layout(("a", info("U8", [2**61 + 1], 0, 1)), data=1)
    for raw in (
        "",
        "[",
        "{}",
        "null",
        "4",
        '"4"',
        "[4,]",
        "[,4]",
        "[4 4]",
        "[null]",
        "[[4]]",
        '["4"]',
        "[true]",
        "[-4]",
    ):
        yield f"raw-{raw}", with_info('{"dtype":"U8","shape":' + raw + ',"data_offsets":[0,4]}')


FIELDS = {"dtype": '"dtype":"U8"', "shape": '"shape":[4]', "data_offsets": '"data_offsets":[0,4]'}


def field_cases():
    for order in itertools.permutations(FIELDS):
        yield "order-" + "-".join(order), with_info("{" + ",".join(FIELDS[k] for k in order) + "}")
    for name in FIELDS:
        rest = [v for k, v in FIELDS.items() if k != name]
        yield f"without-{name}", with_info("{" + ",".join(rest) + "}")
        yield f"null-{name}", with_info("{" + ",".join([f'"{name}":null', *rest]) + "}")
        yield f"twice-{name}", with_info("{" + ",".join([FIELDS[name], *FIELDS.values()]) + "}")
        escaped = FIELDS[name].replace('"' + name[0], f'"\\u{ord(name[0]):04x}', 1)
        yield f"twice-escaped-{name}", with_info("{" + ",".join([escaped, *FIELDS.values()]) + "}")
        yield (
            f"upper-case-{name}",
            with_info("{" + ",".join([FIELDS[name].replace(name, name.upper()), *rest]) + "}"),
        )
    for raw in (
        "[]",
        "[0]",
        "[0,4,4]",
        "[0,4,]",
        "{}",
        '{"0":0,"1":4}',
        "null",
        '"0,4"',
        '["0","4"]',
        "[null,4]",
        "[0,[4]]",
        "4",
    ):
        yield f"offsets-{raw}", with_info('{"dtype":"U8","shape":[4],"data_offsets":' + raw + "}")
    body = ",".join(FIELDS.values())
    for label, extra in {
        "number": '"x":1',
        "crc32": '"crc32":4294967295',
        "string": '"x":"y"',
        "null": '"x":null',
        "object": '"x":{"y":[1,{"z":null}]}',
        "empty-name": '"":0',
        "name-of-a-field-inside": '"x":{"dtype":"F99","shape":-1}',
        "metadata-inside": '"__metadata__":{"k":1}',
        "twice": '"x":1,"x":2',
        "twice-escaped": '"x":1,"\\u0078":2',
        "twice-in-a-nested-object": '"x":{"y":1,"y":1}',
        "twice-deep-in-arrays": '"x":[[{"y":1,"z":2,"y":3}]]',
        "twice-empty-name": '"":0,"":1',
        "same-in-different-objects": '"x":{"y":1},"z":{"y":1,"x":2}',
        "many": ",".join(f'"x{i}":{i}' for i in range(40)),
    }.items():
        yield f"extra-{label}-last", with_info("{" + body + "," + extra + "}")
        yield f"extra-{label}-first", with_info("{" + extra + "," + body + "}")
    for raw in (
        "{}",
        "null",
        "[]",
        '""',
        '"U8"',
        "4",
        "true",
        '["U8"]',
        '["U8",[4]]',
        '["U8",[4],[0,4],0]',
        '[[4],"U8",[0,4]]',
        '[{"U8":null},[4],[0,4]]',
        '["U8",[4],[0,4]]',
        "",
    ):
        yield f"info-{raw}", with_info(raw)
    yield "info-array-beside-object", layout(("a", '["U8",[4],[0,4]]'), ("b", u8(4, 6)), data=6)
    yield "info-array-empty-tensor", layout(("a", '["U8",[0],[0,0]]'), data=0)


def duplicate_cases():
    yield "name-same", layout(("a", u8(0, 4)), ("a", u8(0, 4)), data=4)
    yield "name-first-valid", layout(("a", u8(0, 4)), ("a", u8(0, 5)), data=4)
    yield "name-last-valid", layout(("a", u8(0, 5)), ("a", u8(0, 4)), data=4)
    yield "name-both-cover", layout(("a", u8(0, 4)), ("a", u8(4, 8)), data=8)
    yield "name-different-dtypes", layout(("a", u8(0, 4)), ("a", info("F32", [1], 0, 4)), data=4)
    yield "name-apart", layout(("a", u8(0, 4)), ("b", u8(4, 6)), ("a", u8(0, 4)), data=6)
    yield "name-first-malformed", framed('{"a":{},"a":' + u8(0, 4) + "}", bytes(4))
    yield "name-first-null", framed('{"a":null,"a":' + u8(0, 4) + "}", bytes(4))
    yield "name-escaped", framed('{"a":' + u8(0, 4) + ',"\\u0061":' + u8(0, 4) + "}", bytes(4))
    yield "name-empty", layout(("", u8(0, 4)), ("", u8(0, 4)), data=4)
    yield "name-many", layout(*[("a", u8(0, 4))] * 50, data=4)
    yield "name-differs-by-case", layout(("a", u8(0, 4)), ("A", u8(4, 6)), data=6)
    yield "name-differs-by-normal-form", layout(("é", u8(0, 4)), ("e\u0301", u8(4, 6)), data=6)
    yield "name-differs-by-nul", layout(("a", u8(0, 4)), ("a\0", u8(4, 6)), data=6)
    for label, metadata in {
        "key-same": '{"k":"v","k":"v"}',
        "key-different": '{"k":"v","k":"w"}',
        "key-escaped": '{"k":"v","\\u006b":"w"}',
        "key-first-malformed": '{"k":1,"k":"w"}',
        "key-empty": '{"":"v","":"w"}',
        "key-like-a-tensor": '{"a":"v"}',
    }.items():
        yield f"metadata-{label}", with_metadata(metadata)
    for label, (first, second) in {
        "same": ("{}", "{}"),
        "null-and-object": ("null", '{"k":"v"}'),
        "object-and-null": ('{"k":"v"}', "null"),
        "null-and-null": ("null", "null"),
    }.items():
        yield f"two-metadata-{label}", framed(f'{{"__metadata__":{first},"__metadata__":{second}}}')
        yield (
            f"two-metadata-escaped-{label}",
            framed(f'{{"__metadata__":{first},"\\u005f_metadata__":{second}}}'),
        )


def metadata_cases():
    for raw in (
        "null",
        "{}",
        "[]",
        '""',
        '"k"',
        "0",
        "true",
        '[["k","v"]]',
        '["k","v"]',
        "",
        "{",
        '{"k":"v",}',
        '{"k"}',
    ):
        yield f"is-{raw}", with_metadata(raw)
        yield f"alone-is-{raw}", framed('{"__metadata__":' + raw + "}")
    for raw in (
        "null",
        "0",
        "1.5",
        "true",
        "[]",
        "{}",
        '["v"]',
        '{"k":"v"}',
        '""',
        '"\\u0000"',
        '"v"',
    ):
        yield f"value-{raw}", with_metadata('{"k":' + raw + "}")
        yield f"second-value-{raw}", with_metadata('{"j":"w","k":' + raw + "}")
    yield "last", framed(GOOD[:-1] + ',"__metadata__":{"k":"v"}}', bytes(4))
    yield (
        "between",
        framed('{"a":' + u8(0, 2) + ',"__metadata__":{},"b":' + u8(2, 4) + "}", bytes(4)),
    )
    yield "as-a-tensor", framed('{"__metadata__":' + u8(0, 4) + "}", bytes(4))
    for name in (
        "__METADATA__",
        "__metadata_",
        "___metadata__",
        "__metadata__ ",
        "metadata",
        "__version__",
        "__incomplete__",
    ):
        yield (
            f"like-{name}-strings",
            framed(GOOD.replace('{"a"', '{"' + name + '":{"k":"v"},"a"'), bytes(4)),
        )
        yield f"like-{name}-tensor", layout((name, u8(0, 4)), data=4)
    yield "legacy-version", framed(GOOD.replace('{"a"', '{"__version__":"1.0","a"'), bytes(4))
    yield "legacy-incomplete", framed(GOOD.replace('{"a"', '{"__incomplete__":true,"a"'), bytes(4))
    yield "many-keys", with_metadata("{" + ",".join(f'"k{i}":"v{i}"' for i in range(60)) + "}")
    yield "long-value", with_metadata('{"k":"' + "v" * 2000 + '"}')
    yield "checksum-entry", with_metadata('{"stsw.crc32":"00000000 00000000"}')


def json_cases():
    wholes = (
        '{} [] null "" "{}" 0 true { } {}{} {}, {}x {}} {}] [{}] {{}} {:} {,} {"a"} {"a":} {"a"::1} {1:2} '
        "{null:1} {a:1} {[]:1} (){} <> {}; {}/**/ {}//x /**/{} #{} {}\\ \\{}"
    ).split()
    for whole in ["", " {} ", "{ }", "{\n}", "{} {}", "{}\n{}", *wholes]:
        yield f"whole-{whole!a}", framed(whole)
    for label, text in {
        "trailing-comma": GOOD[:-1] + ",}",
        "leading-comma": "{," + GOOD[1:],
        "double-comma": GOOD.replace(",", ",,", 1),
        "missing-comma": GOOD.replace(",", "", 1),
        "missing-colon": GOOD.replace(":", "", 1),
        "semicolon": GOOD.replace(",", ";"),
        "equals": GOOD.replace(":", "="),
        "missing-last-brace": GOOD[:-1],
        "missing-both-braces": GOOD[:-2],
        "one-brace-more": GOOD + "}",
        "bracket-for-brace": GOOD[:-1] + "]",
        "inner-trailing-comma": GOOD[:-2] + ",}}",
        "line-comment": GOOD.replace("{", "{//c\n", 1),
        "block-comment": GOOD.replace("{", "{/*c*/", 1),
        "hash-comment": GOOD.replace("{", "{#c\n", 1),
        "unquoted-name": GOOD.replace('"a"', "a"),
        "unquoted-field": GOOD.replace('"dtype"', "dtype"),
        "number-as-name": GOOD.replace('"a"', "1"),
        "null-as-name": GOOD.replace('"a"', "null"),
        "smart-quotes": GOOD.replace('"a"', "“a”"),
        "twice": GOOD + GOOD,
        "twice-with-newline": GOOD + "\n" + GOOD,
        "in-an-array": "[" + GOOD + "]",
        "as-a-string": quoted(GOOD),
        "json-in-base64": "eyJhIjp7ImR0eXBlIjoiVTgiLCJzaGFwZSI6WzRdfX0=",
        "callback": "f(" + GOOD + ")",
        "yaml": "a:\n  dtype: U8\n  shape: [4]\n",
    }.items():
        yield label, framed(text, bytes(4))
    for literal in (
        "true",
        "false",
        "null",
        "True",
        "tru",
        "truee",
        "nul",
        "NULL",
        "undefined",
        "NaN",
        "Infinity",
        "-Infinity",
        "nil",
    ):
        yield f"ignored-{literal}", with_ignored(literal)
    for raw in (
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "[",
        "[}",
        "{]",
        '{"k":1,}',
        "{,}",
        '{"k" 1}',
        "{1:1}",
        '"',
        "'x'",
        "[1}",
    ):
        yield f"ignored-{raw}", with_ignored(raw)


def prefix_cases():
    body = GOOD.encode() + bytes(4)
    lengths = {
        "0": 0,
        "1": 1,
        "2": 2,
        "7": 7,
        "8": 8,
        "one-less": len(GOOD) - 1,
        "one-more": len(GOOD) + 1,
        "into-the-data": len(GOOD) + 3,
        "all-of-the-data": len(GOOD) + 4,
        "past-the-file": len(GOOD) + 5,
        "100000000": 100_000_000,
        "100000001": 100_000_001,
        "2^31-1": 2**31 - 1,
        "2^31": 2**31,
        "2^32-1": 2**32 - 1,
        "2^32": 2**32,
        "2^32+right": 2**32 + len(GOOD),
        "2^53": 2**53,
        "2^63-1": 2**63 - 1,
        "2^63": 2**63,
        "2^63+right": 2**63 + len(GOOD),
        "2^64-8": 2**64 - 8,
        "2^64-1": 2**64 - 1,
    }
    for label, length in lengths.items():
        yield label, struct.pack("<Q", length) + body
    yield "big-endian", struct.pack(">Q", len(GOOD)) + body
    yield "four-bytes-wide", struct.pack("<I", len(GOOD)) + body
    yield "decimal-text", b"%08d" % len(GOOD) + body
    yield "missing", body
    yield "empty-object-0", struct.pack("<Q", 0) + b"{}"
    yield "empty-object-1", struct.pack("<Q", 1) + b"{}"
    yield "empty-object-3", struct.pack("<Q", 3) + b"{}"
    for size in range(9):
        yield f"{size}-zero-bytes", bytes(size)
        yield f"{size}-ff-bytes", b"\xff" * size


def truncation_cases():
    whole = framed('{"__metadata__":{"k":"é"},"a":' + u8(0, 4) + "}", b"\x01\x02\x03\x04")
    for size in range(len(whole)):
        yield f"at-{size}", whole[:size]
    yield "not-at-all", whole
    for label, extra in {
        "nul": b"\0",
        "newline": b"\n",
        "eight-nuls": bytes(8),
        "512-nuls": bytes(512),
        "itself": whole,
    }.items():
        yield f"trailing-{label}", whole + extra
    yield "leading-bom", b"\xef\xbb\xbf" + whole
    yield "leading-newline", b"\n" + whole
    for cut in (8, 9, 20, 60):
        shorter = whole[: 8 + cut]
        yield f"prefix-agrees-at-{cut}", struct.pack("<Q", cut) + shorter[8:]


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


def foreign_cases():
    lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "4d7a" * 16 + "\nsize 12345\n"
    yield "git-lfs-pointer", lfs.encode()
    yield "git-lfs-pointer-crlf", lfs.replace("\n", "\r\n").encode()
    yield "git-lfs-short", b"version https://git-lfs"
    yield (
        "html",
        b"<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not Found</body></html>\n",
    )
    yield "html-lower-case", b"<html><body>Access denied</body></html>"
    yield "xml", b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code></Error>'
    yield "plain-text", b"Entry not found"
    yield "too-short-text", b"404"
    yield (
        "json-index",
        b'{"metadata":{"total_size":4},"weight_map":{"a":"model-00001-of-00001.safetensors"}}',
    )
    yield "header-without-prefix", GOOD.encode()
    for protocol in range(6):
        yield f"pickle-{protocol}", pickle.dumps({"a": [1, 2, 3]}, protocol)
    yield "zip-empty", b"PK\x05\x06" + bytes(18)
    yield "zip-local", b"PK\x03\x04\x14\x00\x00\x00\x00\x00" + bytes(16) + b"\x01\x00\x00\x00a"
    yield "gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + zlib.compress(b"x")[2:-4] + bytes(8)
    yield "zstd", bytes.fromhex("28b52ffd0458290000") + bytes(20)
    yield "xz", b"\xfd7zXZ\x00" + bytes(20)
    yield "tar", b"a".ljust(257, b"\0") + b"ustar\0" + bytes(249)
    yield (
        "npy",
        b"\x93NUMPY\x01\x00\x46\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }     \n"
        + bytes(4),
    )
    yield "gguf", b"GGUF\x03\x00\x00\x00" + bytes(16)
    yield "hdf5", b"\x89HDF\r\n\x1a\n" + bytes(40)
    yield "elf", b"\x7fELF\x02\x01\x01" + bytes(40)
    yield "png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)
    yield "protobuf", b"\x08\x07\x12\x07pytorch\x1a\x032.1" + bytes(10)
    yield "pdf", b"%PDF-1.7\n" + bytes(20)


def mutation_cases(count: int = 150):
    """Valid files with one to three bytes changed, removed or put in; the seed is fixed."""
    dice = random.Random(20261122)
    header = (
        '{"__metadata__":{"k":"v"},"a":'
        + info("F32", [2, 1], 0, 8)
        + ',"b\\n":'
        + info("I8", [3], 8, 11)
        + "}"
    )
    interesting = b'{}[],:"\\0123456789-+.eE \t\n\0\x1f\x80\xff/uabdnt'
    for number in range(count):
        raw = bytearray(header.encode())
        for _ in range(dice.choice((1, 1, 1, 2, 3))):
            where, what = dice.randrange(len(raw)), dice.choice(interesting)
            match dice.randrange(4):
                case 0:
                    raw[where] = what
                case 1:
                    raw.insert(where, what)
                case 2:
                    del raw[where]
                case 3:
                    other = dice.randrange(len(raw))
                    raw[where], raw[other] = raw[other], raw[where]
        yield f"{number:03d}", framed(bytes(raw), bytes(range(11)))


GROUPS = {
    "dtype": dtype_cases,
    "number": number_cases,
    "whitespace": whitespace_cases,
    "string": string_cases,
    "utf8": utf8_cases,
    "nesting": nesting_cases,
    "layout": layout_cases,
    "shape": shape_cases,
    "field": field_cases,
    "duplicate": duplicate_cases,
    "metadata": metadata_cases,
    "json": json_cases,
    "prefix": prefix_cases,
    "truncated": truncation_cases,
    "name": name_cases,
    "foreign": foreign_cases,
    "mutation": mutation_cases,
}


def all_cases():
    for group, cases in GROUPS.items():
        for name, raw in cases():
            yield f"{group}/{name}", raw
