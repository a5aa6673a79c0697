package dev.stsw.cli;

import dev.stsw.format.ShardIndex;
import dev.stsw.model.ModelName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What a fuzzer calls with any bytes, which say what lies in a folder: whatever it is, each command ends with a
/// verdict and lines for people, and `convert` writes all of a model or nothing. `FuzzTest` runs it for a moment;
/// profile `fuzz` lets Jazzer run it for hours.
public final class FuzzTarget {
    private static final List<String> STEMS = List.of(
            "model", "pytorch_model", "x", "model.fp16", "adapter_model", "optimizer", "consolidated", "._model");
    private static final List<String> SUFFIXES = List.of(".safetensors", ".bin", ".npz", ".fp16.safetensors");
    private static final List<String> SHARDS =
            List.of("", "-1-of-2", "-2-of-2", "-0-of-2", "-1-of-1", "-00001-of-00003", "-9-of-3", ".00");
    private static final List<String> TENSORS = List.of("a", "b", "c", "d");
    private static final Pattern TAKEN = Pattern.compile("\"kind\":\"taken\",\"subject\":\"([^\"]*)\"");
    private static final Path MEMORY = Path.of("/dev/shm");

    private FuzzTarget() {}

    /// Jazzer's entry.
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Path folder = Files.createTempDirectory(
                Files.isWritable(MEMORY) ? MEMORY : Path.of(System.getProperty("java.io.tmpdir")), "stsw-fuzz-");
        Path out = folder.resolveSibling(folder.getFileName() + ".safetensors");
        try {
            fill(folder, ByteBuffer.wrap(input));
            List<String> before = Cli.files(folder);
            requireVerdict(Cli.run("inspect", folder, "--json"));
            requireVerdict(Cli.run("verify", folder));
            Cli.Result converted = Cli.run("convert", folder, out, "--json");
            requireVerdict(converted);
            require(Files.exists(out) == (converted.exitCode() == ExitCode.GOOD), "all is written, or nothing");
            if (converted.exitCode() == ExitCode.GOOD) {
                require(Cli.run("verify", "--structure-only", out).exitCode() == ExitCode.GOOD, "it is sound");
                requirePromise(converted.out(), before);
            }
            require(Cli.files(folder).equals(before), "nothing is left behind");
        } finally {
            Files.deleteIfExists(out);
            delete(folder);
        }
    }

    private static void require(boolean holds, String promise) {
        if (!holds) {
            throw new AssertionError(promise);
        }
    }

    private static void requireVerdict(Cli.Result result) {
        require(result.exitCode() >= ExitCode.GOOD && result.exitCode() <= ExitCode.UNCHECKED, "there is a verdict");
        require(result.err().lines().allMatch(line -> line.startsWith("stsw: ")), "each problem is one line");
        require(!result.err().contains("internal error") && !result.err().contains("Exception"), result.err());
        require(result.exitCode() == ExitCode.GOOD || !result.err().isEmpty(), "a bad verdict has a reason");
    }

    /// Of the shards of a model that was taken by their names, none is missing.
    private static void requirePromise(String json, List<String> files) {
        Matcher taken = TAKEN.matcher(json);
        if (taken.find() && !taken.group(1).endsWith(ShardIndex.SUFFIX)) {
            ModelName.of(taken.group(1)).flatMap(ModelName::shard).ifPresent(shard -> {
                long siblings = Stream.of("0", "1", "2", "3", "00001", "00002", "00003")
                        .filter(number -> files.contains(shard.before() + number + shard.after()))
                        .count();
                require(siblings >= shard.count(), "a name that says 1 of 3 is a promise");
            });
        }
    }

    private static void fill(Path folder, ByteBuffer input) throws IOException {
        while (input.remaining() > 2) {
            int kind = next(input);
            Path file = folder.resolve(kind % 5 == 0 ? indexName(input) : name(input));
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                continue;
            }
            if (kind % 5 == 0) {
                Files.writeString(file, index(input));
                continue;
            }
            switch (kind / 5 % 8) {
                case 0 -> Files.write(file, rest(input));
                case 1 -> Files.createDirectory(file);
                case 2 -> link(file);
                case 3 -> {
                    byte[] whole = tensors(input);
                    Files.write(file, Arrays.copyOf(whole, next(input) % whole.length));
                }
                default -> Files.write(file, tensors(input));
            }
        }
    }

    private static void link(Path file) throws IOException {
        try {
            Files.createSymbolicLink(file, Path.of("nowhere"));
        } catch (UnsupportedOperationException e) {
            Files.createFile(file);
        }
    }

    private static int next(ByteBuffer input) {
        return input.hasRemaining() ? Byte.toUnsignedInt(input.get()) : 0;
    }

    private static String of(List<String> words, ByteBuffer input) {
        return words.get(next(input) % words.size());
    }

    private static byte[] rest(ByteBuffer input) {
        int length = next(input);
        byte[] bytes = new byte[Math.min(input.remaining(), length)];
        input.get(bytes);
        return bytes;
    }

    private static String name(ByteBuffer input) {
        return of(STEMS, input) + of(SHARDS, input) + of(SUFFIXES, input);
    }

    private static String indexName(ByteBuffer input) {
        return of(STEMS, input) + of(SUFFIXES, input) + of(List.of(".index.json", ".index.fp16.json"), input);
    }

    /// Names of files that may be there, or any text.
    private static String index(ByteBuffer input) {
        if (next(input) % 8 == 0) {
            return new String(rest(input), StandardCharsets.ISO_8859_1);
        }
        Map<String, String> files = new TreeMap<>();
        for (int n = next(input) % 4; n >= 0; n--) {
            boolean any = next(input) % 8 == 0;
            String file = any ? new String(rest(input), StandardCharsets.ISO_8859_1) : name(input);
            files.put(of(TENSORS, input), "\"" + file + "\"");
        }
        StringBuilder json = new StringBuilder("{\"metadata\":{\"total_size\":")
                .append(next(input))
                .append("},\"weight_map\":{");
        files.forEach((tensor, file) -> json.append(json.charAt(json.length() - 1) == '{' ? "" : ",")
                .append('"')
                .append(tensor)
                .append("\":")
                .append(file));
        return json.append("}}").toString();
    }

    private static byte[] tensors(ByteBuffer input) {
        Map<String, Integer> sizes = new LinkedHashMap<>();
        for (int n = next(input) % 3; n >= 0; n--) {
            sizes.put(of(TENSORS, input), next(input) % 4);
        }
        StringBuilder json = new StringBuilder("{");
        int end = 0;
        for (Map.Entry<String, Integer> tensor : sizes.entrySet()) {
            json.append(end == 0 && json.length() == 1 ? "" : ",").append("\"").append(tensor.getKey());
            json.append("\":{\"dtype\":\"U8\",\"shape\":[").append(tensor.getValue());
            json.append("],\"data_offsets\":[")
                    .append(end)
                    .append(',')
                    .append(end += tensor.getValue())
                    .append("]}");
        }
        byte[] header = json.append('}').toString().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(8 + header.length + end)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
