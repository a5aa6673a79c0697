"""Pickles that end too early, and operations on things that are not there or of another kind."""

from hostile.base import GOOD, touch, with_good
from hostile.pickle_assembly import (
    MARK,
    NONE,
    PROTO2,
    checkpoint,
    get,
    global_,
    integer,
    program,
    reduce_,
    tensor,
    text,
    value,
)


def cuts():
    """Pickles that end too early, or not at all."""
    whole = program(value({"weight": tensor(), "n": 1, "t": (1, 2)}))
    for size in (
        0,
        1,
        2,
        3,
        5,
        9,
        12,
        20,
        30,
        40,
        60,
        80,
        100,
        120,
        150,
        200,
        len(whole) - 2,
        len(whole) - 1,
    ):
        yield (
            f"at-{size}",
            "refuse",
            f"the pickle ends after {size} bytes of {len(whole)}",
            checkpoint(whole[:size]),
        )
    yield "second-stop", "either", "bytes behind STOP", checkpoint(whole + b"garbage")
    yield (
        "second-pickle",
        "either",
        "a second pickle behind the first",
        checkpoint(whole + program(reduce_(global_("os", "system"), touch("second")))),
    )
    yield (
        "global-unterminated",
        "refuse",
        "GLOBAL without a newline",
        checkpoint(PROTO2 + b"ctorch"),
    )
    yield (
        "global-name-unterminated",
        "refuse",
        "GLOBAL without a second newline",
        checkpoint(PROTO2 + b"ctorch\nFloat" + b"x" * 500),
    )
    yield (
        "global-long-line",
        "refuse",
        "GLOBAL with a name of 2,000,000 characters",
        checkpoint(program(with_good(global_("torch", "x" * 2_000_000))), deflate=True),
    )
    yield "empty", "refuse", "an empty pickle", checkpoint(b"")
    yield "text", "refuse", "text in the place of the pickle", checkpoint(b'{"weight": [1, 2, 3]}')
    yield "zeros", "refuse", "zero bytes", checkpoint(bytes(100))


def stacks():
    """Operations on things that are not there or of another kind."""
    for name, opcodes_ in {
        "reduce": b"R",
        "build": b"b",
        "append": b"a",
        "appends": b"e",
        "setitem": b"s",
        "setitems": b"u",
        "additems": b"\x90",
        "tuple": b"t",
        "list": b"l",
        "dict": b"d",
        "frozenset": b"\x91",
        "tuple1": b"\x85",
        "tuple2": b"\x86",
        "tuple3": b"\x87",
        "pop": b"0",
        "pop-mark": b"1",
        "dup": b"2",
        "persid": b"Q",
        "newobj": b"\x81",
        "newobj-ex": b"\x92",
        "stack-global": b"\x93",
        "obj": b"o",
        "memoize": b"\x94",
        "put": b"q\x01",
        "readonly-buffer": b"\x98",
        "stop": b"",
    }.items():
        yield (
            f"underflow-{name}",
            "refuse",
            f"{name} on an empty stack",
            checkpoint(program(opcodes_, b"\x80\x05")),
        )
        if name not in ("stop", "pop", "pop-mark", "tuple", "list", "dict", "frozenset"):
            yield (
                f"mark-{name}",
                "refuse",
                f"{name} on a MARK alone",
                checkpoint(program(MARK + opcodes_, b"\x80\x05")),
            )
    good = value(GOOD)
    for name, verdict, body in (
        ("append-to-dict", "refuse", good + NONE + b"a"),
        ("append-to-int", "refuse", integer(1) + NONE + b"a"),
        ("setitem-on-tuple", "refuse", b")" + text("k") + NONE + b"s"),
        ("setitem-on-list", "refuse", b"]" + text("k") + NONE + b"s"),
        ("setitems-odd", "refuse", b"}(" + text("k") + b"u"),
        ("dict-odd", "refuse", MARK + text("k") + b"d"),
        ("additems-to-list", "refuse", b"](" + NONE + b"\x90"),
        ("build-on-int", "refuse", integer(1) + b"}b"),
        ("build-on-none", "refuse", NONE + b"}b"),
        ("reduce-of-text", "refuse", text("os.system") + value(("x",)) + b"R"),
        ("reduce-of-int", "refuse", integer(1) + b")R"),
        ("reduce-of-tensor", "refuse", tensor() + b")R"),
        ("reduce-args-list", "refuse", global_("collections", "OrderedDict") + b"]R"),
        ("reduce-args-none", "refuse", global_("collections", "OrderedDict") + b"NR"),
        ("newobj-of-text", "refuse", text("x") + b")\x81"),
        ("stack-global-of-ints", "refuse", integer(1) + integer(2) + b"\x93"),
        ("stack-global-of-none", "refuse", NONE + NONE + b"\x93"),
        ("key-list", "refuse", b"}" + b"]" + NONE + b"s"),
        ("key-dict", "refuse", b"}" + b"}" + NONE + b"s"),
        ("key-tensor", "either", b"}" + tensor() + NONE + b"s"),
        ("key-tuple", "either", b"}" + value((1, "a")) + tensor() + b"s"),
        ("key-none", "either", b"}" + NONE + tensor() + b"s"),
        ("key-float-nan", "either", b"}" + value(float("nan")) + tensor() + b"s"),
        ("key-bytes", "either", b"}" + b"C\x01k" + tensor() + b"s"),
        ("persid-int", "refuse", value({"weight": tensor(integer(1) + b"Q")})),
        ("persid-text", "refuse", value({"weight": tensor(text("0") + b"Q")})),
        ("persid-line", "refuse", value({"weight": tensor(b"P0\n")})),
        ("get-missing", "refuse", b"h\x07"),
        ("get-missing-long", "refuse", get(2**32 - 1)),
        ("get-text", "refuse", b"gabc\n"),
        ("get-missing-text", "refuse", b"g99999999999999999999\n"),
        ("get-before-put", "refuse", b"}" + text("k") + b"h\x01" + b"s" + b"q\x01"),
        ("unknown-opcode-ff", "refuse", with_good(b"\xff")),
        ("unknown-opcode-00", "refuse", with_good(b"\0")),
        ("ext1", "refuse", with_good(b"\x82\x01")),
        ("ext2", "refuse", with_good(b"\x83\x01\x01")),
        ("ext4", "refuse", with_good(b"\x84\x01\x01\x01\x01")),
        ("next-buffer", "refuse", with_good(b"\x97")),
        ("readonly-buffer-on-text", "refuse", with_good(text("x") + b"\x98")),
        ("two-left", "either", good + good),
        ("mark-left", "refuse", good + MARK),
        ("proto-200", "refuse", b"\x80\xc8" + good),
        ("proto-6", "refuse", b"\x80\x06" + good),
        ("proto-inside", "either", with_good(b"\x80\x02N")),
        ("text-bad-utf8", "refuse", with_good(text(b"\xff\xfe"))),
        ("text-cut-utf8", "refuse", with_good(text(b"\xe2\x82"))),
        ("key-bad-utf8", "refuse", b"}" + text(b"\xc0\x80") + tensor() + b"s"),
        ("unicode-line-bad-escape", "refuse", with_good(b"V\\u12\n")),
        ("string-line-unquoted", "refuse", with_good(b"Sabc\n")),
        ("int-line-text", "refuse", with_good(b"Iabc\n")),
        ("int-line-empty", "refuse", with_good(b"I\n")),
        ("long-line-text", "refuse", with_good(b"LabcL\n")),
        ("float-line-text", "refuse", with_good(b"Fabc\n")),
    ):
        yield name, verdict, name.replace("-", " "), checkpoint(program(body))


FLOAT = global_("torch", "FloatStorage")


GROUPS = (
    cuts,
    stacks,
)
