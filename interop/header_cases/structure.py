"""JSON that is deep, broken or not JSON at all."""

import itertools

from common import framed
from header_cases.pieces import (
    GOOD,
    quoted,
    with_ignored,
    with_info,
    with_metadata,
    with_one_byte,
)


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


GROUPS = {"nesting": nesting_cases, "json": json_cases}
