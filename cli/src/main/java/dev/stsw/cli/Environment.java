package dev.stsw.cli;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/// What a person who reads a bug report wants to know about the machine.
final class Environment {
    private Environment() {}

    /// Names and values, in the order in which they are shown.
    static Map<String, String> of(Path folder) throws IOException {
        Map<String, String> facts = new LinkedHashMap<>();
        Version version = Version.current();
        facts.put("stsw", version.number());
        if (!version.commit().isEmpty()) {
            facts.put("commit", version.commit());
        }
        facts.put("installed", Version.installedBy());
        facts.put("java", property("java.version") + " (" + property("java.vm.name") + "), " + property("java.home"));
        facts.put("system", property("os.name") + " " + property("os.version") + ", " + property("os.arch"));
        facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        facts.put("heap", "at most " + Units.bytes(Runtime.getRuntime().maxMemory()));
        FileStore store = Files.getFileStore(folder);
        facts.put(
                "folder",
                folder.getParent() + " (" + store.type() + ", " + Units.bytes(store.getUsableSpace()) + " free)");
        facts.put("memory mapping", works(() -> map(folder)));
        facts.put("direct I/O", works(() -> readDirectly(folder, Math.toIntExact(store.getBlockSize()))));
        return facts;
    }

    private static String property(String name) {
        return System.getProperty(name, "unknown");
    }

    private static String works(Attempt attempt) {
        try {
            attempt.run();
            return "works";
        } catch (IOException | UnsupportedOperationException | ReflectiveOperationException e) {
            return "not here (" + e.getMessage() + ")";
        }
    }

    private static void map(Path folder) throws IOException {
        Path file = Files.write(folder.resolve("mapped"), new byte[1]);
        // With an arena: Windows deletes no file that is mapped.
        try (FileChannel channel = FileChannel.open(file);
                Arena arena = Arena.ofConfined()) {
            channel.map(MapMode.READ_ONLY, 0, 1, arena);
        }
    }

    private static void readDirectly(Path folder, int blockSize) throws IOException, ReflectiveOperationException {
        if (!folder.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            throw new UnsupportedOperationException("Java goes through the cache all the same");
        }
        Path file = Files.write(folder.resolve("direct"), new byte[blockSize]);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, direct())) {
            channel.read(ByteBuffer.allocateDirect(2 * blockSize)
                    .alignedSlice(blockSize)
                    .limit(blockSize));
        }
    }

    /// By reflection: javac warns of the package, which module jdk.unsupported exports, in a way that nothing silences.
    private static OpenOption direct() throws ReflectiveOperationException {
        Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
        return (OpenOption) options.getField("DIRECT").get(null);
    }

    private interface Attempt {
        void run() throws IOException, ReflectiveOperationException;
    }
}
