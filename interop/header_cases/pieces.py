"""The pieces that tiny files are made of: raw JSON text, framed."""

import json

from common import framed

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


def with_one_byte(fields: str) -> bytes:
    return framed('{"a":{"dtype":"U8",' + fields + "}}", b"\x07")
