"""Views that leave their storage, or would fill the disk."""

from hostile.pickle_assembly import (
    DATA,
    HOOKS,
    NONE,
    checkpoint,
    global_,
    program,
    reduce_,
    storage,
    tensor,
    tensor_v3,
    text,
    value,
)

FLOAT = global_("torch", "FloatStorage")


def geometry():
    """Views that leave their storage, or would fill the disk."""

    def case(name: str, verdict: str = "refuse", *rest, **shape):
        why = ", ".join(f"{k} {shorter(v)}" for k, v in shape.items()) or name
        return (
            name,
            verdict,
            why,
            checkpoint(program(value({"weight": tensor(None, *rest, **shape)}))),
        )

    yield case("size-5", size=(5,))
    yield case("size-by-stride", size=(3,), stride=(2,))
    yield case("size-2d", size=(2, 3), stride=(3, 1))
    yield case("size-minus-1", size=(-1,))
    yield case("sizes-minus-minus", size=(-2, -2), stride=(1, 1))
    yield case("offset-1", offset=1)
    yield case("offset-4-of-1", offset=4, size=(1,))
    yield case("offset-5-of-0", "either", offset=5, size=(0,))
    yield case("offset-4-of-0", "either", offset=4, size=(0,))
    yield case("offset-minus-1", offset=-1, size=(1,))
    yield case("offset-minus-1-of-0", offset=-1, size=(0,))
    yield case("stride-minus-1", stride=(-1,), offset=3)
    yield case("stride-minus-1-of-1", "either", stride=(-1,), size=(1,))
    yield case("stride-huge-of-1", "either", stride=(2**62,), size=(1,))
    for big in (2**31, 2**32, 2**40, 2**62, 2**63 - 1, 2**63, 2**64, 2**64 + 1, 10**40):
        yield case(f"size-{big}", size=(big,))
        yield case(f"stride-{big}", stride=(big,), size=(2,))
        yield case(f"offset-{big}", offset=big, size=(1,))
        yield case(f"expand-{big}", size=(big,), stride=(0,))
    yield case("expand-2^80", size=(2**40, 2**40), stride=(0, 0))
    yield case("expand-wraps", size=(2**32, 2**32 + 1), stride=(0, 0))
    yield case("expand-wraps-to-0", size=(2**32, 2**32), stride=(0, 0))
    yield case("expand-2^63-of-0", "either", size=(2**62, 0), stride=(0, 0))
    yield case("expand-80-megabytes", size=(20_000_000,), stride=(0,))
    yield case("expand-400-megabytes-2d", size=(10_000, 10_000), stride=(0, 0))
    yield case("stride-wraps", size=(3, 3), stride=(2**62, 2**62))
    yield case("stride-wraps-to-0", size=(5,), stride=(2**62,))
    yield case("strides-missing", size=(2, 2), stride=(1,))
    yield case("strides-too-many", size=(4,), stride=(1, 1))
    yield case("size-float", size=(4.0,))
    yield case("size-none", size=None)
    yield case("size-text", size="4")
    yield case("size-int", size=4)
    yield case("size-nested", size=((4,),))
    yield case("size-true", "either", size=(True,), stride=(1,))
    yield case("stride-none", stride=None)
    yield case("offset-none", offset=None)
    yield case("offset-float", offset=0.0)
    yield case("offset-text", offset="0")
    yield case("rank-10000", "either", size=(1,) * 10_000, stride=(1,) * 10_000)
    for label, args in {
        "too-few": (storage(), 0),
        "none": (),
        "too-many": (storage(), 0, (4,), (1,), False, HOOKS, {}, 1, 2),
    }.items():
        body = value({"weight": reduce_(global_("torch._utils", "_rebuild_tensor_v2"), *args)})
        yield f"args-{label}", "refuse", f"{label} arguments", checkpoint(program(body))
    yield case("metadata-text", "either", 0, (4,), (1,), False, HOOKS, "conj")
    yield case("metadata-unknown", "either", 0, (4,), (1,), False, HOOKS, {"evil": True})
    yield case("metadata-conj-of-floats", "refuse", 0, (4,), (1,), False, HOOKS, {"conj": True})
    for label, dtype in {
        "text": text("torch.float8_e5m2"),
        "storage-type": FLOAT,
        "unknown": global_("torch", "float7"),
        "os": global_("os", "system"),
        "none": NONE,
        "quantized": global_("torch", "qint8"),
        "uint1": global_("torch", "uint1"),
    }.items():
        raw = checkpoint(program(value({"weight": tensor_v3(dtype, numel=16)})))
        yield f"v3-dtype-{label}", "refuse", f"_rebuild_tensor_v3 with dtype {label}", raw
    body = value({"weight": tensor_v3(global_("torch", "uint64"), numel=12, size=(1,))})
    yield "v3-uneven", "either", "12 bytes of U64", checkpoint(program(body), {"0": DATA[:12]})
    body = value({"weight": tensor_v3(global_("torch", "uint32"), numel=16, size=(16,))})
    yield "v3-bytes-as-elements", "refuse", "16 bytes for 16 U32", checkpoint(program(body))
    parameter = global_("torch._utils", "_rebuild_parameter")
    for label, inner in {
        "none": NONE,
        "text": text("x"),
        "dict": b"}",
        "storage": storage(),
    }.items():
        raw = checkpoint(program(value({"weight": reduce_(parameter, inner, True, HOOKS)})))
        yield f"parameter-of-{label}", "refuse", f"a parameter of {label}", raw
    many = {f"t{i}": tensor(storage(numel=16_384), size=(16_000,), offset=i) for i in range(300)}
    yield (
        "many-views",
        "either",
        "300 overlapping views: 19 MB from 64 kB",
        checkpoint(program(value(many)), {"0": bytes(65_536)}, deflate=True),
    )
    many = {
        f"t{i}": tensor(storage(numel=16_384), size=(1000, 16_000), stride=(0, 1), offset=i)
        for i in range(300)
    }
    yield (
        "many-expanded-views",
        "refuse",
        "19 GB from 64 kB",
        checkpoint(program(value(many)), {"0": bytes(65_536)}, deflate=True),
    )
    zeros = value({"weight": tensor(storage(numel=20_000_000), size=(20_000_000,))})
    yield (
        "deflated-zeros",
        "refuse",
        "a storage of 80 MB from 80 kB",
        checkpoint(program(zeros), {"0": bytes(80_000_000)}, deflate=True),
    )


def shorter(thing) -> str:
    return str(thing) if len(str(thing)) < 60 else str(thing)[:57] + "..."


GROUPS = (geometry,)
