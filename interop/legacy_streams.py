"""torch's format from before 1.6, and the tar from before 0.2: pickles and raw storages, one after the other."""

import io
import pickle
import pickletools
import struct
import tarfile

import torch

MAGIC = 0x1950A86A20F9469CFC6C


class Inert(dict):
    """Stands in for whatever a pickle names; we only look for storages."""

    def __init__(self, *_):
        super().__init__()

    def __setstate__(self, _):
        pass


class StorageSizes(pickle.Unpickler):
    """Collects each storage's key and the bytes of one element, in the order of their first mention."""

    def __init__(self, raw: bytes):
        super().__init__(io.BytesIO(raw), encoding="utf-8")
        self.sizes: dict[str, int] = {}

    def find_class(self, module, name):
        return getattr(torch, name) if name.endswith("Storage") else Inert

    def persistent_load(self, pid):
        if pid[0] == "module":
            return Inert
        if pid[0] == "storage":
            untyped = pid[1] is torch.UntypedStorage
            self.sizes.setdefault(
                pid[2], 1 if untyped else torch._utils._element_size(pid[1].dtype)
            )
        return Inert()


def with_stable_keys(raw: bytes) -> bytes:
    """torch takes memory addresses for keys; ours are the same in every run, in the order of their mention."""
    stream = io.BytesIO(raw)
    head, thing, keys = (
        b"".join(one_pickle(stream) for _ in range(3)),
        one_pickle(stream),
        one_pickle(stream),
    )
    unpickler = StorageSizes(thing)
    unpickler.load()
    records = {}
    for key in pickle.loads(keys):
        numel = stream.read(8)
        records[key] = numel + stream.read(struct.unpack("<q", numel)[0] * unpickler.sizes[key])
    assert not stream.read()
    renamed = {old: str(94_000_000_000_000 + 64 * i) for i, old in enumerate(unpickler.sizes)}
    for old, new in renamed.items():
        thing = thing.replace(binunicode(old), binunicode(new)).replace(
            binstring(old), binstring(new)
        )
    protocol = thing[1]
    return (
        head
        + thing
        + pickle.dumps(list(renamed.values()), protocol)
        + b"".join(records[old] for old in renamed)
    )


def one_pickle(stream: io.BytesIO) -> bytes:
    start = stream.tell()
    for _ in pickletools.genops(stream):
        pass
    end = stream.tell()
    stream.seek(start)
    return stream.read(end - start)


def binunicode(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def binstring(text: str) -> bytes:
    return b"U" + bytes([len(text)]) + text.encode()


class Pid:
    """Something that is written as a persistent id."""

    def __init__(self, pid):
        self.pid = pid


class PidPickler(pickle.Pickler):
    def persistent_id(self, thing):
        return thing.pid if isinstance(thing, Pid) else None


def pickled(thing, protocol: int = 2) -> bytes:
    buffer = io.BytesIO()
    PidPickler(buffer, protocol).dump(thing)
    return buffer.getvalue()


def stream(thing, storages: dict[str, bytes], sizes: dict[str, int]) -> bytes:
    """A legacy file of our own making; `sizes` are the bytes of one element."""
    info = {
        "protocol_version": 1001,
        "little_endian": True,
        "type_sizes": {"short": 2, "int": 4, "long": 4},
    }
    parts = [
        pickled(MAGIC),
        pickled(1001),
        pickled(info),
        pickled(thing),
        pickled(sorted(storages)),
    ]
    for key in sorted(storages):
        parts.append(struct.pack("<q", len(storages[key]) // sizes[key]) + storages[key])
    return b"".join(parts)


def tar(thing, storages: list[tuple], views: list[tuple], tensors: list[tuple]) -> bytes:
    """storages: key, type, bytes an element, data. tensors: key, storage, type, shape, strides, offset."""
    stored = pickled(len(storages))
    for key, kind, size, data in storages:
        stored += pickled((key, "cpu", kind)) + struct.pack("<q", len(data) // size) + data
    stored += pickled(views)
    described = pickled(len(tensors))
    for key, storage, kind, shape, strides, offset in tensors:
        described += pickled((key, storage, kind)) + struct.pack("<ii", len(shape), 0)
        described += struct.pack(f"<{2 * len(shape) + 1}q", *shape, *strides, offset)
    info = pickled(
        {
            "protocol_version": 1000,
            "little_endian": True,
            "type_sizes": {"short": 2, "int": 4, "long": 8},
        }
    )
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:", format=tarfile.PAX_FORMAT) as folder:
        for name, data in (
            ("sys_info", info),
            ("pickle", pickled(thing)),
            ("tensors", described),
            ("storages", stored),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            folder.addfile(member, io.BytesIO(data))
    return buffer.getvalue()
