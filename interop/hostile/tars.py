"""torch's first format with wrong numbers, and members that are links or missing."""

import gzip
import io
import struct
import tarfile

import legacy_streams
from hostile.base import SYSTEM
from hostile.pickle_assembly import DATA, global_, program, text, value


def tars():
    """The first format of all."""
    kind = "torch", "FloatStorage"

    def tar(members: list[tuple], **options) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:", format=tarfile.PAX_FORMAT) as folder:
            for name, data in members:
                member = tarfile.TarInfo(name)
                for key, setting in options.get(name, {}).items():
                    setattr(member, key, setting)
                member.size = len(data) if member.isreg() else 0
                folder.addfile(member, io.BytesIO(data))
        content = buffer.getvalue().rstrip(b"\0")
        return content + bytes(-len(content) % 512 + 1024)  # tarfile would fill up 10 kB.

    def parts(
        count=1,
        key=1,
        numel=4,
        data=DATA,
        views=(),
        tensors=1,
        tensor_key=11,
        of=1,
        ndim=1,
        size=(4,),
        stride=(1,),
        offset=0,
        pid="11",
    ):
        stored_ = (
            legacy_streams.pickled(count)
            + program(value((key, "cpu", global_(*kind))))
            + struct.pack("<q", numel)
            + data
        )
        stored_ += legacy_streams.pickled(list(views))
        described = legacy_streams.pickled(tensors) + program(
            value((tensor_key, of, global_("torch", "FloatTensor")))
        )
        described += (
            struct.pack("<ii", ndim, 0)
            + struct.pack(f"<{len(size)}q", *size)
            + struct.pack(f"<{len(stride)}q", *stride)
            + struct.pack("<q", offset)
        )
        thing = program(value({"weight": text(pid) + b"Q"}))
        return [
            ("sys_info", legacy_streams.pickled({})),
            ("pickle", thing),
            ("tensors", described),
            ("storages", stored_),
        ]

    def case(name: str, why: str, verdict: str = "refuse", **options):
        return name, verdict, why, tar(parts(**options))

    for count in (0, 2, -1, 2**31, 2**62, 10**30):
        yield case(f"storages-{count}", f"{count} storages, one is there", count=count)
        yield case(f"tensors-{count}", f"{count} tensors, one is there", tensors=count)
    for numel in (-1, 3, 5, 2**40, 2**62, 2**63 - 1):
        yield case(f"numel-{numel}", f"numel {numel}, 4 are there", numel=numel)
    for ndim in (-1, 0, 2, 1000, 2**31 - 1, -(2**31)):
        yield case(
            f"ndim-{ndim}",
            f"ndim {ndim}, 1 is there",
            "either" if ndim == 0 else "refuse",
            ndim=ndim,
        )
    yield case("size-5", "a size of 5", size=(5,))
    yield case("size-minus-1", "a size of -1", size=(-1,))
    yield case("size-2^62", "a size of 2^62", size=(2**62,))
    yield case("stride-minus-1", "a stride of -1", stride=(-1,))
    yield case("expand", "1 element to 2^40", size=(2**40,), stride=(0,))
    yield case("offset-2", "an offset of 2", offset=2)
    yield case("offset-minus-1", "an offset of -1", offset=-1)
    yield case("storage-unknown", "a tensor over no storage", of=7)
    yield case("tensor-unknown", "a persistent id of no tensor", pid="99")
    yield case("pid-text", "a persistent id that is no number", pid="../x")
    yield case("view-outside", "a view outside its storage", views=[(2, 1, 2, 3)])
    yield case("view-of-unknown", "a view of no storage", views=[(2, 9, 0, 1)])
    yield case("view-negative", "a view at -1", views=[(2, 1, -1, 1)])
    good = parts()
    yield "pickle-call", "refuse", "os.system in the pickle", tar([("pickle", SYSTEM), *good[2:]])
    yield (
        "tensors-call",
        "refuse",
        "os.system in the tensors",
        tar([good[1], ("tensors", SYSTEM), good[3]]),
    )
    yield (
        "storages-call",
        "refuse",
        "os.system in the storages",
        tar([good[1], good[2], ("storages", SYSTEM)]),
    )
    for missing in ("pickle", "tensors", "storages"):
        yield (
            f"without-{missing}",
            "refuse",
            f"no member {missing}",
            tar([m for m in good if m[0] != missing]),
        )
        yield (
            f"twice-{missing}",
            "refuse",
            f"two members {missing}",
            tar(good + [m for m in good if m[0] == missing]),
        )
        link = {missing: {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}}
        yield f"link-{missing}", "refuse", f"{missing} is a symbolic link", tar(good, **link)
        yield (
            f"folder-{missing}",
            "refuse",
            f"{missing} is a folder",
            tar(good, **{missing: {"type": tarfile.DIRTYPE}}),
        )
    yield (
        "escaping-member",
        "either",
        "a member ../../x beside",
        tar([*good, ("../../stsw-pwned", b"x")]),
    )
    whole = tar(good)
    yield "cut", "refuse", "the tar ends in a member", whole[:2000]
    yield (
        "checksum-wrong",
        "refuse",
        "a member's checksum is wrong",
        whole.replace(b"storages", b"storagex", 1),
    )
    sized = bytearray(whole)
    sized[124:136] = b"77777777777\0"
    yield "size-8-gb", "refuse", "a member of 8 GB", bytes(sized)
    yield "gzipped", "refuse", "the tar in gzip", gzip.compress(whole, mtime=0)


GROUPS = (tars,)
