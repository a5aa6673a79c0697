package dev.stsw.torch;

import java.util.Set;
import java.util.stream.Collectors;

/**
 * Names that exist to run code or to reach the system: those that picklescan 1.0.5 and modelscan 0.8.8 list, but for a few
 * that only do so with a dangerous argument, which is refused itself ({@code functools.partial}, {@code
 * operator.itemgetter}); and others of their kind.
 */
final class DangerousNames {
    /** Modules, with all below them, that reach the system or run code; nothing in a checkpoint needs them. */
    private static final Set<String> MODULES = Globals.words("""
                    os posix nt posixpath ntpath sys subprocess _posixsubprocess popen2 commands shutil socket _socket
                    ssl pty tty fcntl mmap ctypes _ctypes cffi importlib imp _imp _frozen_importlib
                    _frozen_importlib_external pkgutil zipimport runpy code codeop marshal pickle _pickle cPickle
                    dill cloudpickle shelve dbm pdb bdb profile cProfile timeit trace
                    idlelib lib2to3 pydoc doctest site sysconfig venv ensurepip pip setuptools distutils
                    webbrowser antigravity http urllib urllib2 httplib requests aiohttp ftplib telnetlib smtplib
                    poplib imaplib nntplib xmlrpc socketserver asyncio multiprocessing threading _thread signal
                    tempfile fileinput linecache inspect atexit winreg _winapi msvcrt
                    nturl2path sqlite3 test _osx_support _aix_support _pyrepl""").collect(Collectors.toUnmodifiableSet());

    private static final Set<String> NAMES = Globals.words("""
                    operator.attrgetter operator.methodcaller _operator.attrgetter _operator.methodcaller
                    io.open io.open_code io.FileIO _io.open _io.open_code _io.FileIO codecs.open
                    logging.FileHandler logging.config.listen platform.popen
                    types.FunctionType types.CodeType types.LambdaType types.MethodType functools.reduce
                    torch.load torch.hub.load torch.serialization.load
                    torch.jit.load torch.jit.unsupported_tensor_ops.execWrapper
                    torch.utils.cpp_extension.load torch.utils.cpp_extension.load_inline torch.ops.load_library
                    torch.classes.load_library torch._dynamo.guards.GuardBuilder.get
                    torch.utils._config_module.ConfigModule.load_config
                    torch.utils.collect_env.run torch.utils.bottleneck.__main__.run_cprofile
                    torch.utils.bottleneck.__main__.run_autograd_prof torch._inductor.codecache.compile_file
                    torch.utils.data.datapipes.utils.decoder.basichandlers
                    torch.distributed.rpc.server_process_global_profile.load
                    numpy.load numpy.fromfile numpy.memmap pandas.read_pickle pandas.io.pickle.read_pickle""").collect(Collectors.toUnmodifiableSet());

    /** What checkpoints do name from {@code builtins}; the rest of it (eval, exec, open…) is refused. */
    private static final Set<String> HARMLESS_BUILTINS = Globals.words("""
                    set frozenset bytearray complex object dict list tuple int float bool str bytes slice range
                    type Ellipsis NotImplemented unicode long xrange print len abs min max sum round sorted reversed
                    enumerate zip property staticmethod classmethod super Exception ValueError TypeError KeyError
                    RuntimeError getattr hasattr hash map filter iter next any all chr ord bin hex oct pow divmod repr format
                    callable isinstance issubclass memoryview id""").collect(Collectors.toUnmodifiableSet());

    /** Modules below harmless ones. */
    private static final Set<String> INNER_MODULES = Set.of("numpy.f2py", "numpy.testing._private.utils", "uuid");

    /** What the lists above would refuse, but what only names a type or a mark. */
    private static final Set<String> HARMLESS = Globals.words("""
                    inspect._empty inspect.Parameter inspect.Signature inspect._ParameterKind
                    dill._dill._load_type dill.dill._load_type uuid.UUID uuid.SafeUUID""").collect(Collectors.toUnmodifiableSet());

    /** Parts of a dotted name through which it reaches anything. */
    private static final Set<String> REACHING =
            Set.of("builtins", "eval", "exec", "compile", "open", "system", "popen");

    private DangerousNames() {}

    static boolean is(String module, String name) {
        String fullName = module + "." + name;
        if (HARMLESS.contains(fullName)) {
            return false;
        }
        return MODULES.contains(module.split("\\.", 2)[0])
                || INNER_MODULES.stream().anyMatch(inner -> (module + ".").startsWith(inner + "."))
                || NAMES.contains(fullName)
                || (module.equals("builtins") && !HARMLESS_BUILTINS.contains(name));
    }

    /** Whether a part of a dotted name, wherever it stands, may lead out of the object that it is looked up in. */
    static boolean isPart(String part) {
        return part.startsWith("__") || MODULES.contains(part) || REACHING.contains(part);
    }
}
