"""Checkpoints that today's torch does not write, put together by hand after what older ones, and other tools, wrote."""

import io
import pickle
import random
import types
import zipfile

import torch
from torch import nn

import legacy_streams
from legacy_streams import Pid
from models import random_tensor, to_torch
from tensors import contiguous_bytes
from zips import Entry, archive

dice = random.Random(7)


def rand(dtype: str, *shape: int) -> torch.Tensor:
    return to_torch(random_tensor(dice, dtype, shape))


def records_of(thing, **options) -> dict[str, bytes]:
    """What torch puts into its archive, without the root folder's name."""
    buffer = io.BytesIO()
    torch.save(thing, buffer, **options)
    with zipfile.ZipFile(buffer) as folder:
        return {name.partition("/")[2]: folder.read(name) for name in folder.namelist()}


def entries(records: dict[str, bytes], root: str = "archive", **options) -> list[Entry]:
    return [Entry(f"{root}/{name}", data, **options) for name, data in records.items()]


def rezipped():
    """Unpacked and packed again by other tools."""
    thing = {"weight": rand("F32", 5, 3), "bias": rand("BF16", 3), "zeros": torch.zeros(100)}
    records = records_of(thing)
    yield "rezipped-stored.pt", thing, archive(entries(records))
    yield "rezipped-deflated.pt", thing, archive(entries(records, deflate=True))
    folders = [Entry("archive/", b""), Entry("archive/data/", b"")]
    yield "rezipped-with-folders.pt", thing, archive(folders + entries(records, deflate=True))
    mixed = [Entry(e.name, e.data, deflate=i % 2 == 0) for i, e in enumerate(entries(records))]
    yield "rezipped-mixed.pt", thing, archive(mixed)
    yield "rezipped-sorted.pt", thing, archive(entries(dict(sorted(records.items()))))
    yield "rezipped-reversed.pt", thing, archive(entries(dict(reversed(records.items()))))
    yield "rezipped-zip64.pt", thing, archive(entries(records), zip64=True)
    yield "rezipped-comment.pt", thing, archive(entries(records), comment=b"made by hand")
    yield "rezipped-no-utf8-flag.pt", thing, archive(entries(records, flags=0))
    yield "rezipped-other-root.pt", thing, archive(entries(records, root="my model"))
    yield "rezipped-unicode-root.pt", thing, archive(entries(records, root="模型"))
    old = {
        name: data
        for name, data in records.items()
        if name == "data.pkl" or name.startswith("data/")
    }
    yield "old-1.6-records.pt", thing, archive(entries(old | {"version": b"3\n"}, padding=64))
    aligned = [Entry(e.name, e.data, padding=4000) for e in entries(records)]
    yield "rezipped-padded.pt", thing, archive(aligned)
    wide = {"weight": rand("F32", 2)}
    yield (
        "rezipped-zip64-extras.pt",
        wide,
        archive(with_zip64_extras(entries(records_of(wide))), zip64=True),
    )
    empty = {"a": torch.empty(0), "b": rand("U8", 2)}
    yield "rezipped-empty-deflated.pt", empty, archive(entries(records_of(empty), deflate=True))


def with_zip64_extras(plain: list[Entry]) -> list[Entry]:
    """Sizes and offsets in the zip64 extra field, as writers do that cannot know how long a record becomes."""
    found, offset = [], 0
    for entry in plain:
        size = len(entry.data).to_bytes(8, "little")
        local = b"\1\0\x10\0" + size + size
        central = b"\1\0\x18\0" + size + size + offset.to_bytes(8, "little")
        overrides = {"csize": 2**32 - 1, "usize": 2**32 - 1}
        found.append(
            Entry(
                entry.name,
                entry.data,
                local=overrides | {"extra": local},
                central=overrides | {"offset": 2**32 - 1, "extra": central},
            )
        )
        offset += 30 + len(entry.name.encode()) + len(local) + len(entry.data)
    return found


def big_endian():
    """As a big-endian machine saves: every storage swapped by its tensor's dtype, complex numbers by component."""
    typed = ("F16", "BF16", "F32", "F64", "I8", "U8", "I16", "I32", "I64", "BOOL", "C64")
    thing = {dtype: rand(dtype, 3, 2) for dtype in typed}
    yield "big-endian.pt", thing, archive(entries(swapped(thing)))
    yield "big-endian-deflated.pt", thing, archive(entries(swapped(thing), deflate=True))
    base = rand("I32", 4, 3)
    views = {"t": base.t(), "row": base[2], "again": base}
    yield "big-endian-views.pt", views, archive(entries(swapped(views)))
    untyped = {dtype: rand(dtype, 3, 2) for dtype in ("U16", "U32", "U64", "F8_E5M2", "F8_E4M3")}
    yield "torch-misreads-big-endian-untyped.pt", untyped, archive(entries(swapped(untyped)))


def swapped(thing: dict[str, torch.Tensor]) -> dict[str, bytes]:
    records = records_of(thing)
    keys: dict[int, str] = {}
    for tensor in thing.values():
        storage = tensor.untyped_storage()
        key = keys.setdefault(storage._cdata, str(len(keys)))
        width = 4 if tensor.dtype == torch.complex64 else tensor.element_size()
        data = bytes(storage)
        records[f"data/{key}"] = b"".join(
            data[i : i + width][::-1] for i in range(0, len(data), width)
        )
    return records | {"byteorder": b"big"}


class Reduced:
    """Pickles itself as a call."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def old_reducers():
    """How tensors were pickled by older versions."""
    base = rand("F32", 2, 3)
    storage = base.untyped_storage()
    typed = torch.storage.TypedStorage(wrap_storage=storage, dtype=torch.float32, _internal=True)
    first = Reduced(torch._utils._rebuild_tensor, typed, 0, (2, 3), (3, 1))
    turned = Reduced(torch._utils._rebuild_tensor, typed, 1, (3, 1), (1, 3))
    thing = {"a": base, "b": torch.as_strided(base, (3, 1), (1, 3), 1)}
    yield "old-rebuild-tensor.pt", thing, saved({"a": first, "b": turned})
    parameter = Reduced(nn.Parameter, base, True)
    yield "old-parameter-call.pt", {"a": base}, saved({"a": parameter})
    rebuilt = Reduced(torch._utils._rebuild_parameter, base, False, {})
    yield "old-parameter-plain-hooks.pt", {"a": base}, saved({"a": rebuilt})
    listed = Reduced(
        torch._utils._rebuild_tensor_v2, typed, 0, torch.Size([2, 3]), [3, 1], False, {}
    )
    yield "old-size-and-list.pt", {"a": base}, saved({"a": listed})
    two = Reduced(
        torch._utils._rebuild_tensor_v2,
        typed,
        0,
        (2, 3),
        (3, 1),
        False,
        {},
        {"neg": True},
    )
    yield "old-metadata-neg.pt", {"a": torch._neg_view(base)}, saved({"a": two})


def saved(thing) -> bytes:
    buffer = io.BytesIO()
    torch.save(thing, buffer)
    return buffer.getvalue()


class Python2Pickler(pickle._Pickler):
    """Strings as Python 2 wrote them: bytes of no declared encoding."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_str(self, text):
        raw = text.encode()
        if len(raw) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(raw)]) + raw)
        else:
            self.write(pickle.BINSTRING + len(raw).to_bytes(4, "little") + raw)
        self.memoize(text)

    dispatch[str] = save_str


def python2_dump(thing, file, protocol=2):
    Python2Pickler(file, protocol).dump(thing)


PYTHON2 = types.SimpleNamespace(__name__="python2", Pickler=Python2Pickler, dump=python2_dump)


def old_streams():
    """The format before 1.6, with what is no longer written: views of storages, and Python 2's strings."""
    thing = {"weight": rand("F32", 2, 3), "n" * 300: rand("I64", 1), "é": rand("U8", 1)}
    buffer = io.BytesIO()
    torch.save(thing, buffer, _use_new_zipfile_serialization=False, pickle_module=PYTHON2)
    yield "legacy-python2.pt", thing, legacy_streams.with_stable_keys(buffer.getvalue())
    yield "zip-python2.pt", thing, archive(entries(records_of(thing, pickle_module=PYTHON2)))

    base = rand("F32", 12)
    root = ("storage", torch.FloatStorage, "100", "cpu", 12)
    whole = rebuilt(Pid((*root, None)), 0, (12,), (1,))
    view = rebuilt(Pid((*root, ("200", 4, 6))), 0, (2, 3), (3, 1))
    inner = rebuilt(Pid((*root, ("200", 4, 6))), 1, (2,), (2,))
    expected = {"whole": base, "view": base[4:10].view(2, 3), "inner": base[5:9:2]}
    raw = legacy_streams.stream(
        {"whole": whole, "view": view, "inner": inner}, {"100": contiguous_bytes(base)}, {"100": 4}
    )
    yield "legacy-storage-views.pt", expected, raw


def rebuilt(storage: Pid, offset: int, shape: tuple, strides: tuple) -> Reduced:
    return Reduced(torch._utils._rebuild_tensor_v2, storage, offset, shape, strides, False, {})


def tars():
    """The first format of all. Pickles name tensors by number."""
    base, bias, ids = rand("F32", 4, 3), rand("F64", 3), rand("I64", 5)
    storages = [
        (1, torch.FloatStorage, 4, contiguous_bytes(base)),
        (2, torch.DoubleStorage, 8, contiguous_bytes(bias)),
        (3, torch.LongStorage, 8, contiguous_bytes(ids)),
    ]
    tensors = [
        (11, 1, torch.FloatTensor, (4, 3), (3, 1), 0),
        (12, 2, torch.DoubleTensor, (3,), (1,), 0),
        (13, 3, torch.LongTensor, (5,), (1,), 0),
        (14, 1, torch.FloatTensor, (3, 4), (1, 3), 0),
        (15, 1, torch.FloatTensor, (2,), (3,), 4),
    ]
    state = {"weight": Pid("11"), "bias": Pid("12"), "ids": Pid("13")}
    plain = {"weight": base, "bias": bias, "ids": ids}
    yield "tar.pt", plain, legacy_streams.tar(state, storages, [], tensors)
    state |= {"turned": Pid("14"), "column": Pid("15")}
    views = {"turned": base.t(), "column": base.view(-1)[4::3][:2]}
    nested = {"epoch": 1, "state_dict": state}
    yield (
        "tar-views.pt",
        {"epoch": 1, "state_dict": plain | views},
        legacy_streams.tar(nested, storages, [], tensors),
    )
    rooted = [*tensors, (16, 4, torch.FloatTensor, (2, 3), (3, 1), 0)]
    raw = legacy_streams.tar({"a": Pid("11"), "b": Pid("16")}, storages, [(4, 1, 6, 6)], rooted)
    yield "tar-storage-views.pt", {"a": base, "b": base[2:]}, raw


GROUPS = (rezipped, big_endian, old_reducers, old_streams, tars)
