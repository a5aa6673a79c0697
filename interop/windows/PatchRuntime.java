import java.io.IOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Overwrites two classes of a Windows runtime, in the file `lib/modules` itself, where Wine 8 lacks what they call. The
/// product stays as it is, and so do the command lines of JVMs that tests start.
///
/// - `NetworkInterface`, from which Java takes randomness: iphlpapi has no GetIfEntry2Ex, and its delayed load ends the JVM.
/// - `FileDispatcherImpl.transferTo`: of a file that is no socket, TransmitFile must say WSAENOTSOCK, and Java then copies
///   by itself. Wine says something else.
///
/// And `jvm.dll` gets the default `-XX:-PrintWarnings`: otherwise it complains of Wine on each stderr that a test looks at.
///
/// Argument: the runtime's folder. Does nothing where that was done already.
void main(String[] args) throws IOException {
    Path home = Path.of(args[0]).toAbsolutePath();
    Path done = home.resolve("patched-for-wine");
    if (Files.exists(done)) {
        return;
    }
    Path image = home.resolve("lib/modules");
    try (FileSystem runtime = FileSystems.newFileSystem(URI.create("jrt:/"), Map.of("java.home", home.toString()))) {
        Path base = runtime.getPath("modules", "java.base");
        // Those that nobody calls make room.
        Set<String> unused =
                Set.of("equals", "hashCode", "toString", "getInterfaceAddresses", "getInetAddresses", "inetAddresses");
        overwrite(image, Files.readAllBytes(base.resolve("java/net/NetworkInterface.class")), method -> {
            String name = method.methodName().stringValue();
            return unused.contains(name) || (method.flags().has(AccessFlag.NATIVE) && !name.equals("init"));
        });
        overwrite(image, Files.readAllBytes(base.resolve("sun/nio/ch/FileDispatcherImpl.class")), method -> method.methodName()
                .equalsString("transferTo"));
    }
    silence(home.resolve("bin/server/jvm.dll"));
    Files.createFile(done);
}

/// In the table of flags, a flag's name has the address of its value in front.
void silence(Path library) throws IOException {
    byte[] bytes = Files.readAllBytes(library);
    ByteBuffer dll = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long base = dll.getLong(dll.getInt(0x3c) + 48);
    int name = find(bytes, "\0PrintWarnings\0".getBytes(StandardCharsets.US_ASCII)) + 1;
    byte[] address = new byte[Long.BYTES];
    ByteBuffer.wrap(address).order(ByteOrder.LITTLE_ENDIAN).putLong(base + moved(dll, name, 20, 12));
    long value = dll.getLong(find(bytes, address) - Long.BYTES) - base;
    int at = moved(dll, Math.toIntExact(value), 12, 20);
    if (bytes[at] != 1) {
        throw new IOException(library + ": the flag's value is " + bytes[at] + ", not 1");
    }
    bytes[at] = 0;
    Files.write(library, bytes);
}

/// A position in the file as one in memory, or the other way round: what the section table has at these two places of
/// its entries says by how much a section moves.
int moved(ByteBuffer dll, int position, int from, int to) {
    int header = dll.getInt(0x3c);
    int sections = dll.getShort(header + 6);
    int table = header + 24 + dll.getShort(header + 20);
    for (int section = table; section < table + 40 * sections; section += 40) {
        int start = dll.getInt(section + from);
        if (position >= start && position < start + dll.getInt(section + 16)) {
            return position - start + dll.getInt(section + to);
        }
    }
    throw new IllegalArgumentException("no section has " + position);
}

int find(byte[] all, byte[] part) {
    int at = 0;
    while (!Arrays.equals(all, at, at + part.length, part, 0, part.length)) {
        at++;
    }
    return at;
}

void overwrite(Path image, byte[] original, Predicate<MethodModel> stubbed) throws IOException {
    byte[] shorter = stub(original, stubbed, 0);
    // A constant that nothing uses has a tag and a length in front.
    int padding = original.length - shorter.length - 3;
    if (padding < 1) {
        throw new IOException("the changed class is larger: " + shorter.length + " bytes, not " + original.length);
    }
    byte[] changed = stub(original, stubbed, padding);
    byte[] all = Files.readAllBytes(image);
    int at = find(all, original);
    System.arraycopy(changed, 0, all, at, changed.length);
    Files.write(image, all);
}

byte[] stub(byte[] original, Predicate<MethodModel> stubbed, int padding) {
    ClassFile format = ClassFile.of();
    ClassModel model = format.parse(original);
    return format.transformClass(model, (ClassBuilder builder, ClassElement element) -> {
        if (padding > 0) {
            builder.constantPool().utf8Entry("-".repeat(padding));
        }
        if (element instanceof MethodModel method && stubbed.test(method)) {
            ClassDesc type = method.methodTypeSymbol().returnType();
            builder.withMethodBody(
                    method.methodName(),
                    method.methodType(),
                    method.flags().flagsMask() & ~ClassFile.ACC_NATIVE,
                    code -> returnNothing(code, type));
        } else {
            builder.with(element);
        }
    });
}

/// Null, zero, no elements, or "not like that" (IOStatus.UNSUPPORTED_CASE), which is the only number of type long here.
void returnNothing(CodeBuilder code, ClassDesc type) {
    switch (type.descriptorString().charAt(0)) {
        case 'V' -> code.return_();
        case 'J' -> code.bipush(-6).i2l().lreturn();
        case 'Z', 'I' -> code.loadConstant(0).ireturn();
        case '[' -> {
            if (type.componentType().isPrimitive()) {
                code.aconst_null().areturn();
            } else {
                code.loadConstant(0).anewarray(type.componentType()).areturn();
            }
        }
        default -> code.aconst_null().areturn();
    }
}
