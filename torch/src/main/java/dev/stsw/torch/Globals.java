package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.Global;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The classes and functions that a pickle names, in three tiers: those that torch itself allows; unknown ones, which are
 * inert and reported; and those that only an attack needs, which are refused even though nothing here would call them,
 * because the file will be opened elsewhere too.
 */
final class Globals {
    /** torch 2.13, {@code _weights_only_unpickler._get_allowed_globals()}. */
    static final Set<String> ALLOWED =
            Stream.concat(TorchTypes.allowed().stream(), words("""
                            _codecs.encode builtins.bytearray builtins.complex builtins.set
                            collections.Counter collections.OrderedDict
                            torch.Size torch.Tensor torch.device torch.nn.parameter.Parameter
                            torch.serialization._get_layout torch._tensor._rebuild_from_type_v2
                            torch.per_channel_affine torch.per_channel_affine_float_qparams
                            torch.per_channel_symmetric torch.per_tensor_affine torch.per_tensor_symmetric
                            torch._utils._rebuild_device_tensor_from_cpu_tensor
                            torch._utils._rebuild_device_tensor_from_numpy
                            torch._utils._rebuild_meta_tensor_no_storage torch._utils._rebuild_nested_tensor
                            torch._utils._rebuild_parameter torch._utils._rebuild_parameter_with_state
                            torch._utils._rebuild_qtensor torch._utils._rebuild_sparse_tensor
                            torch._utils._rebuild_tensor torch._utils._rebuild_tensor_v2
                            torch._utils._rebuild_tensor_v3 torch._utils._rebuild_wrapper_subclass""")).collect(Collectors.toUnmodifiableSet());

    /** torch loads a file within a byte string with it; here that file is read like any other. */
    static final String LOAD_FROM_BYTES = "torch.storage._load_from_bytes";

    /** Not on torch's list, but what stands for tensors and arrays, and is read as such. */
    private static final Set<String> READ = Stream.concat(
                    Stream.of(LOAD_FROM_BYTES, "torch._utils._rebuild_xla_tensor"), PickledArray.globals().stream())
            .collect(Collectors.toUnmodifiableSet());

    /** Modules, with all below them, that reach the system or run code; nothing in a checkpoint needs them. */
    private static final Set<String> DANGEROUS_MODULES = words("""
                    os posix nt posixpath ntpath sys subprocess _posixsubprocess popen2 commands shutil socket _socket
                    ssl pty tty fcntl mmap ctypes _ctypes cffi importlib imp _imp _frozen_importlib
                    _frozen_importlib_external pkgutil zipimport runpy code codeop marshal pickle _pickle cPickle
                    dill cloudpickle shelve dbm pdb bdb profile cProfile timeit trace
                    idlelib lib2to3 pydoc doctest site sysconfig venv ensurepip pip setuptools distutils
                    webbrowser antigravity http urllib urllib2 httplib requests aiohttp ftplib telnetlib smtplib
                    poplib imaplib nntplib xmlrpc socketserver asyncio multiprocessing threading _thread signal
                    tempfile fileinput linecache inspect atexit winreg _winapi msvcrt
                    nturl2path sqlite3""").collect(Collectors.toUnmodifiableSet());

    private static final Set<String> DANGEROUS_NAMES = words("""
                    operator.attrgetter operator.methodcaller _operator.attrgetter _operator.methodcaller
                    io.open io.open_code io.FileIO _io.open _io.open_code _io.FileIO codecs.open
                    uuid._get_command_stdout logging.config.listen platform.popen
                    types.FunctionType types.CodeType types.LambdaType types.MethodType functools.reduce
                    torch.load torch.hub.load torch.serialization.load
                    torch.jit.load torch.jit.unsupported_tensor_ops.execWrapper
                    torch.utils.cpp_extension.load torch.utils.cpp_extension.load_inline torch.ops.load_library
                    torch.classes.load_library torch._dynamo.guards.GuardBuilder.get
                    torch.utils._config_module.ConfigModule.load_config
                    torch.utils.collect_env.run torch.utils.bottleneck.__main__.run_cprofile
                    torch.distributed.rpc.server_process_global_profile.load
                    numpy.load numpy.fromfile numpy.memmap numpy.testing._private.utils.runstring
                    numpy.f2py.crackfortran.getlincoef pandas.read_pickle pandas.io.pickle.read_pickle""").collect(Collectors.toUnmodifiableSet());

    /** What checkpoints do name from {@code builtins}; the rest of it (eval, exec, getattr, open…) is refused. */
    private static final Set<String> HARMLESS_BUILTINS = words("""
                    set frozenset bytearray complex object dict list tuple int float bool str bytes slice range
                    type Ellipsis NotImplemented unicode long xrange print len abs min max sum round sorted reversed
                    enumerate zip property staticmethod classmethod super Exception ValueError TypeError KeyError
                    RuntimeError""").collect(Collectors.toUnmodifiableSet());

    /** Names that torch itself moved. */
    private static final Map<String, String> MOVED =
            Map.of("__builtin__", "builtins", "copy_reg", "copyreg", "torch.tensor", "torch._tensor");

    private final boolean strict;
    private final Budget budget;
    private final Map<String, Global> seen = new HashMap<>();
    private final SortedSet<String> unknown = new TreeSet<>();

    Globals(boolean strict, Budget budget) {
        this.strict = strict;
        this.budget = budget;
    }

    private static Stream<String> words(String text) {
        return Stream.of(text.strip().split("\\s+"));
    }

    /** The inert value for a name; always the same for the same name. */
    Global name(String writtenModule, String name) throws CheckpointException {
        String module = MOVED.getOrDefault(writtenModule, writtenModule);
        String fullName = module + "." + name;
        Global known = seen.get(fullName);
        if (known != null) {
            return known;
        }
        refuseDangerous(module, name, fullName);
        if (!ALLOWED.contains(fullName)) {
            if (strict) {
                throw new CheckpointException(
                        Kind.HOSTILE, "names " + Quote.text(fullName) + ", which is not on torch's allow-list");
            }
            if (!READ.contains(fullName)) {
                unknown.add(fullName);
            }
        }
        budget.charge(200 + 4L * fullName.length());
        Global global = new Global(module, name);
        seen.put(fullName, global);
        return global;
    }

    private static void refuseDangerous(String module, String name, String fullName) throws CheckpointException {
        boolean dangerous = DANGEROUS_MODULES.contains(module.split("\\.", 2)[0])
                || DANGEROUS_NAMES.contains(fullName)
                || (module.equals("builtins") && !HARMLESS_BUILTINS.contains(name));
        if (module.endsWith("joblib.numpy_pickle") && name.endsWith("Wrapper")) {
            throw new CheckpointException(
                    Kind.UNSUPPORTED,
                    "written by joblib.dump, which puts arrays between the parts of a pickle; load it with joblib, and"
                            + " save it with pickle.dump instead");
        }
        if (dangerous) {
            throw new CheckpointException(
                    Kind.HOSTILE,
                    "refused: the file names " + Quote.text(fullName)
                            + ", which can run code or reach the system; no checkpoint needs that");
        }
        if (name.indexOf('.') >= 0) {
            throw new CheckpointException(
                    Kind.HOSTILE,
                    "refused: the dotted name " + Quote.text(name) + " of module " + Quote.text(module)
                            + " reaches into other objects");
        }
    }

    /** Names outside of torch's allow-list, so far. */
    Set<String> unknown() {
        return Set.copyOf(unknown);
    }
}
