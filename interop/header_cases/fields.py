"""Keys: missing, unknown, repeated, and the metadata."""

import itertools

from common import framed
from header_cases.pieces import (
    GOOD,
    info,
    layout,
    u8,
    with_info,
    with_metadata,
)

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


GROUPS = {"field": field_cases, "duplicate": duplicate_cases, "metadata": metadata_cases}
