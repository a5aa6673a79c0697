"""Pickles that call, name or smuggle in what can run code."""

from hostile.base import GOOD, touch, with_good
from hostile.pickle_assembly import (
    HOOKS,
    MARK,
    NONE,
    POP,
    PROTO2,
    PROTO4,
    checkpoint,
    get,
    global_,
    program,
    put,
    reduce_,
    storage,
    tensor,
    text,
    value,
)

DANGEROUS = (
    "os.system posix.system nt.system os.popen os.execv os.unlink subprocess.Popen subprocess.call subprocess.check_output "
    "builtins.eval builtins.exec builtins.compile builtins.open builtins.getattr builtins.__import__ builtins.breakpoint "
    "__builtin__.eval __builtin__.execfile __builtin__.apply sys.exit sys.setrecursionlimit importlib.import_module "
    "runpy._run_code runpy.run_path pty.spawn shutil.rmtree socket.create_connection ctypes.CDLL pickle.loads marshal.loads"
).split()

DOUBTFUL = (
    "webbrowser.open torch.hub.load torch.load torch.serialization.load timeit.timeit code.InteractiveConsole "
    "operator.attrgetter functools.partial types.CodeType types.FunctionType numpy.load numpy.testing._private.utils.runstring "
    "torch.jit.unsupported_tensor_ops.execWrapper torch.utils._config_module.ConfigModule builtins.map asyncio.run "
    "logging.config.fileConfig urllib.request.urlopen bdb.Bdb pip.main"
).split()


def calls():
    """One callable each, called with REDUCE beside a good tensor."""
    for dotted, verdict in [
        *((d, "refuse") for d in DANGEROUS),
        *((d, "either") for d in DOUBTFUL),
    ]:
        module, _, name = dotted.rpartition(".")
        call = reduce_(global_(module, name), touch(f"call-{dotted}"))
        yield dotted, verdict, f"{dotted} by REDUCE", checkpoint(program(with_good(call)))


def opcodes():
    """os.system by every opcode and in every place."""
    system = global_("os", "system")

    def command(mark: str) -> bytes:
        return text(touch(mark))

    def case(name: str, body: bytes, proto: bytes = PROTO2):
        return name, "refuse", f"os.system by {name}", checkpoint(program(body, proto))

    stack_global = text("os") + text("system") + b"\x93"
    yield case("inst", with_good(MARK + command("inst") + b"ios\nsystem\n"))
    yield case("obj", with_good(MARK + system + command("obj") + b"o"))
    yield case("newobj", with_good(system + value((command("newobj"),)) + b"\x81"))
    yield case("newobj-ex", with_good(system + value((command("newobj-ex"),)) + b"}\x92"), PROTO4)
    yield case(
        "stack-global", with_good(stack_global + value((command("stack-global"),)) + b"R"), PROTO4
    )
    yield case(
        "stack-global-memo",
        with_good(
            text("os")
            + b"\x94"
            + POP
            + b"h\0"
            + text("system")
            + b"\x93"
            + value((command("memo"),))
            + b"R"
        ),
        PROTO4,
    )
    yield case("global-only", with_good(system))
    yield case("popped", system + value((command("popped"),)) + b"R" + POP + with_good(NONE))
    yield case("at-the-top", reduce_(system, command("top")))
    yield case("whole-top", program(b"")[:2] + reduce_(system, command("whole-top")))
    yield case("dict-key", with_good(b"}" + reduce_(system, command("key")) + NONE + b"s"))
    yield case(
        "in-the-optimizer",
        value(
            {
                "state_dict": value(GOOD),
                "optimizer": {"state": {0: reduce_(system, command("opt"))}},
            }
        ),
    )
    yield case(
        "in-hooks",
        value({"weight": tensor(None, 0, (4,), (1,), False, reduce_(system, command("hooks")))}),
    )
    yield case(
        "as-rebuild", value({"weight": reduce_(system, storage(), 0, (4,), (1,), False, HOOKS)})
    )
    yield case("as-storage-type", value({"weight": tensor(storage(system))}))
    yield case(
        "as-persistent-id", value({"weight": tensor(reduce_(system, command("pid")) + b"Q")})
    )
    yield case(
        "in-persistent-id",
        value(
            {
                "weight": tensor(
                    value(("storage", reduce_(system, command("pid2")), "0", "cpu", 4)) + b"Q"
                )
            }
        ),
    )
    yield case("in-build", value(GOOD) + value({"__class__": system}) + b"b")
    yield case(
        "build-setstate",
        with_good(
            reduce_(global_("collections", "OrderedDict")) + value({"__setstate__": system}) + b"b"
        ),
    )
    yield case(
        "in-from-type",
        value(
            {
                "weight": reduce_(
                    global_("torch._tensor", "_rebuild_from_type_v2"),
                    system,
                    global_("torch", "Tensor"),
                    value((command("type"),)),
                    NONE,
                )
            }
        ),
    )
    yield case(
        "through-getattr",
        with_good(reduce_(global_("builtins", "getattr"), global_("os", "path"), "os")),
    )
    getattr_ = global_("builtins", "getattr")
    yield case(
        "through-getattr-of-module",
        with_good(reduce_(reduce_(getattr_, global_("torch.serialization", "os"), "system"), command("of-module"))),
    )
    yield case(
        "through-getattr-of-getattr",
        with_good(
            reduce_(reduce_(getattr_, reduce_(getattr_, global_("torch", "hub"), "os"), "system"), command("twice"))
        ),
    )
    yield case(
        "through-getattr-uncalled",
        with_good(reduce_(global_("functools", "partial"), getattr_, global_("torch.hub", "shutil"))),
    )
    yield case(
        "through-getattr-in-memo",
        with_good(getattr_ + put(1) + POP + reduce_(global_("functools", "partial"), get(1))),
    )
    yield case(
        "through-globals",
        with_good(reduce_(getattr_, global_("torch.nn.functional", "relu"), "__globals__")),
    )
    yield case(
        "through-dill-type",
        with_good(reduce_(global_("dill._dill", "_load_type"), text("CodeType"))),
    )
    yield case(
        "through-map",
        with_good(
            reduce_(
                global_("builtins", "list"),
                reduce_(global_("builtins", "map"), system, [command("map")]),
            )
        ),
    )
    yield case(
        "through-reduce-of-reduce",
        with_good(reduce_(reduce_(global_("functools", "partial"), system), command("partial"))),
    )
    yield case(
        "after-memo-swap",
        with_good(
            global_("torch", "device")
            + put(1)
            + POP
            + system
            + put(1)
            + POP
            + get(1)
            + value((command("swap"),))
            + b"R"
        ),
    )
    yield case("protocol-0", b"cos\nsystem\n(S'" + touch("p0").encode() + b"'\ntR.", b"")
    yield case("protocol-5", with_good(stack_global + value((command("p5"),)) + b"R"), b"\x80\x05")


def names():
    """Names that are not what they seem."""

    def case(name: str, verdict: str, module: str, attribute: str, proto4: bool = False):
        found = text(module) + text(attribute) + b"\x93" if proto4 else global_(module, attribute)
        body = with_good(found + value((touch(f"name-{name}"),)) + b"R")
        return (
            name,
            verdict,
            f"global {module!a} {attribute!a}",
            checkpoint(program(body, PROTO4 if proto4 else PROTO2)),
        )

    yield case("dotted", "refuse", "torch.serialization", "os.system")
    yield case("dotted-stack-global", "refuse", "torch.serialization", "os.system", True)
    yield case(
        "dotted-from-known", "refuse", "torch._utils", "_rebuild_tensor_v2.__globals__", True
    )
    yield case("dotted-from-collections", "refuse", "collections", "OrderedDict.__reduce__", True)
    yield case(
        "class-of", "refuse", "collections", "OrderedDict.__class__.__base__.__subclasses__", True
    )
    yield case("submodule", "refuse", "os.path", "os.system")
    yield case("blank-before", "either", " os", "system")
    yield case("blank-after", "either", "os ", "system")
    yield case("carriage-return", "either", "os\r", "system\r")
    yield case("nul", "either", "os\0", "system")
    yield case("upper-case", "either", "OS", "SYSTEM")
    yield case("full-width", "either", "ｏｓ", "ｓｙｓｔｅｍ")
    yield case("empty", "either", "", "")
    yield case("newline-in-stack-global", "either", "os\nsystem", "x", True)
    yield case("relative", "either", ".os", "system")
    yield case("unknown", "inert", "my.project", "Config")
    yield case("main", "inert", "__main__", "Net")
    for module, name in (
        ("evil", "FloatStorage"),
        ("torch.evil", "FloatStorage"),
        ("os", "FloatStorage"),
        ("torch", "EvilStorage"),
        ("torch", "FloatStorage2"),
        ("torch", "floatstorage"),
        ("torch", "Storage"),
        ("torch.cuda.evil", "HalfStorage"),
    ):
        raw = checkpoint(program(value({"weight": tensor(storage(global_(module, name)))})))
        yield f"storage-{module}-{name}", "refuse", f"storage type {module}.{name}", raw
    for module, name in (
        ("evil", "_rebuild_tensor_v2"),
        ("torch", "_rebuild_tensor_v2"),
        ("torch._utils", "_rebuild_tensor_v9"),
        ("torch._Utils", "_rebuild_tensor_v2"),
    ):
        body = value(
            {"weight": reduce_(global_(module, name), storage(), 0, (4,), (1,), False, HOOKS)}
        )
        yield (
            f"rebuild-{module}-{name}",
            "either",
            f"unknown {module}.{name} in the place of a tensor",
            checkpoint(program(body)),
        )


GROUPS = (
    calls,
    opcodes,
    names,
)
