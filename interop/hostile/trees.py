"""Object trees that go nowhere, or everywhere."""

from hostile.base import with_good
from hostile.pickle_assembly import (
    DATA,
    NONE,
    POP,
    checkpoint,
    get,
    global_,
    integer,
    program,
    put,
    reduce_,
    storage,
    tensor,
    text,
    value,
)


def trees():
    """Object trees that go nowhere, or everywhere."""
    self_dict = b"}" + put(1) + text("weight") + tensor() + b"s" + text("self") + get(1) + b"s"
    yield "cycle-dict", "either", "a dict in itself", checkpoint(program(self_dict))
    yield (
        "cycle-list",
        "either",
        "a list in itself",
        checkpoint(program(b"]" + put(1) + get(1) + b"a" + tensor() + b"a")),
    )
    yield (
        "cycle-tuple",
        "either",
        "a tuple in a list in the tuple",
        checkpoint(
            program(b"]" + put(1) + b"\x85" + put(2) + POP + get(1) + get(2) + b"a" + POP + get(2))
        ),
    )
    under = value({"state_dict": self_dict})
    yield (
        "cycle-under-key",
        "either",
        "a dict in itself, under state_dict",
        checkpoint(program(under)),
    )
    build = (
        reduce_(global_("collections", "OrderedDict"))
        + put(1)
        + b"}"
        + text("me")
        + get(1)
        + b"s"
        + b"b"
    )
    yield (
        "cycle-build",
        "either",
        "an object in its own state",
        checkpoint(program(with_good(build))),
    )
    same = {"a.b": tensor(), "a": {"b": tensor(storage(key="1"))}}
    yield (
        "same-name-twice",
        "refuse",
        "two tensors, both named a.b",
        checkpoint(program(value(same)), {"0": DATA, "1": DATA[::-1]}),
    )
    yield (
        "key-set-twice",
        "either",
        "one key set twice: the last one counts",
        checkpoint(program(b"}" + text("weight") + NONE + b"s" + text("weight") + tensor() + b"s")),
    )
    yield (
        "name-metadata",
        "refuse",
        "a tensor named __metadata__",
        checkpoint(program(value({"__metadata__": tensor()}))),
    )
    yield (
        "name-surrogate",
        "refuse",
        "a name with a lone surrogate",
        checkpoint(program(b"}" + text(b"\xed\xa0\x80") + tensor() + b"s")),
    )
    yield (
        "name-traversal",
        "either",
        "a name with ../ in it",
        checkpoint(program(value({"../../etc/passwd": tensor()}))),
    )
    yield (
        "name-terminal",
        "either",
        "a name with terminal escapes",
        checkpoint(program(value({"\x1b]0;pwned\x07\x1b[2J": tensor()}))),
    )
    yield (
        "name-of-checksums",
        "either",
        "a tensor named stsw.crc32",
        checkpoint(program(value({"stsw.crc32": tensor()}))),
    )
    yield (
        "name-a-megabyte",
        "either",
        "a name of 1,000,000 characters",
        checkpoint(program(value({"n" * 1_000_000: tensor()})), deflate=True),
    )
    yield "top-int", "refuse", "an integer for a checkpoint", checkpoint(program(integer(5)))
    yield "top-none", "refuse", "None for a checkpoint", checkpoint(program(NONE))
    yield (
        "top-global",
        "refuse",
        "a class for a checkpoint",
        checkpoint(program(global_("torch.nn", "Linear"))),
    )
    yield (
        "state-dict-is-a-list",
        "either",
        "state_dict is a list",
        checkpoint(program(value({"state_dict": [tensor()]}))),
    )
    module = (
        global_("__main__", "Net")
        + b")\x81"
        + value({"_parameters": [tensor()], "_modules": 5, "_buffers": None})
        + b"b"
    )
    yield (
        "module-of-nonsense",
        "either",
        "a module with lists for dicts",
        checkpoint(program(module)),
    )
    ring = (
        global_("__main__", "Net")
        + b")\x81"
        + put(1)
        + b"}("
        + text("_parameters")
        + b"}"
        + text("_buffers")
        + b"}"
        + text("_modules")
        + value({"me": get(1)})
        + b"ub"
    )
    yield "module-in-itself", "either", "a module that is its own child", checkpoint(program(ring))


GROUPS = (trees,)
