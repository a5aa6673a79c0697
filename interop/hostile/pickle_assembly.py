"""A pickle assembler: every function gives the bytes that leave its value on the stack."""

import struct

from zips import Entry, archive

PROTO2, PROTO4 = b"\x80\x02", b"\x80\x04"
STOP = b"."
NONE, TRUE, FALSE = b"N", b"\x88", b"\x89"
POP, DUP, MARK = b"0", b"2", b"("
DATA = struct.pack("<4f", 0, 1, 2, 3)


def global_(module: str, name: str) -> bytes:
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return b"X" + struct.pack("<I", len(raw)) + raw


def integer(value: int) -> bytes:
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return (
        b"\x8a" + bytes([len(raw)]) + raw
        if len(raw) < 256
        else b"\x8b" + struct.pack("<i", len(raw)) + raw
    )


def value(thing) -> bytes:
    """Bytes are taken as they are: somebody assembled them already."""
    if isinstance(thing, bytes):
        return thing
    if thing is None or isinstance(thing, bool):
        return {None: NONE, True: TRUE, False: FALSE}[thing]
    if isinstance(thing, int):
        return integer(thing)
    if isinstance(thing, float):
        return b"G" + struct.pack(">d", thing)
    if isinstance(thing, str):
        return text(thing)
    if isinstance(thing, tuple):
        return MARK + b"".join(map(value, thing)) + b"t"
    if isinstance(thing, list):
        return b"](" + b"".join(map(value, thing)) + b"e"
    return b"}(" + b"".join(value(k) + value(v) for k, v in thing.items()) + b"u"


def put(index: int) -> bytes:
    return b"r" + struct.pack("<I", index)


def get(index: int) -> bytes:
    return b"j" + struct.pack("<I", index)


def reduce_(function: bytes, *args) -> bytes:
    return function + value(args) + b"R"


def storage(
    kind: bytes = global_("torch", "FloatStorage"), key="0", location="cpu", numel=4
) -> bytes:
    return value(("storage", kind, key, location, numel)) + b"Q"


HOOKS = reduce_(global_("collections", "OrderedDict"))


def tensor(stored: bytes | None = None, offset=0, size=(4,), stride=(1,), *rest) -> bytes:
    rebuild = global_("torch._utils", "_rebuild_tensor_v2")
    return reduce_(
        rebuild,
        storage() if stored is None else stored,
        offset,
        size,
        stride,
        *(rest or (False, HOOKS)),
    )


def tensor_v3(dtype: bytes, numel=4, size=(4,), stride=(1,), offset=0) -> bytes:
    rebuild = global_("torch._utils", "_rebuild_tensor_v3")
    stored = storage(global_("torch.storage", "UntypedStorage"), numel=numel)
    return reduce_(rebuild, stored, offset, size, stride, False, HOOKS, dtype)


def program(body: bytes, proto: bytes = PROTO2) -> bytes:
    return proto + body + STOP


def records(pickled: bytes, storages: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """As few as torch needs."""
    return {"data.pkl": pickled, "version": b"3\n"} | {
        f"data/{k}": v for k, v in ({"0": DATA} if storages is None else storages).items()
    }


def checkpoint(
    pickled: bytes, storages: dict[str, bytes] | None = None, deflate: bool = False
) -> bytes:
    entries = [Entry(f"a/{n}", d, deflate=deflate) for n, d in records(pickled, storages).items()]
    return archive(entries)
