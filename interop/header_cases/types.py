"""dtypes, whole and broken numbers in every position."""

from common import BITS, framed
from header_cases.pieces import info, layout, with_ignored, with_info, with_metadata, with_one_byte


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


GROUPS = {"dtype": dtype_cases, "number": number_cases}
