package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Writes hundreds of random models to `target/written`, for `interop/check.py --written` to judge: the reference must
/// read the same tensors, and would write the same bytes.
class WrittenForTheReferenceTest {
    private static final int MODELS = 300;
    private static final String[] NAMES = {
        "",
        "weight",
        "layer.0.bias",
        "q\"uote",
        "back\\slash",
        "tab\tnewline\n",
        "\u0000\u001f\u007f",
        "é",
        "\uffff",
        "\ud83d\ude00",
        "漢字",
        "__metadata_",
        "../up",
        " "
    };

    private static final List<DType> DTYPES = List.of(DType.values());

    private final Random random = new Random(2026);

    @Test
    void hundredsOfRandomModels() throws IOException, NoSuchAlgorithmException {
        Path folder = Files.createDirectories(Path.of("target", "written"));
        StringBuilder manifest = new StringBuilder("# file, then name, dtype, shape and sha256 of each tensor\n");
        for (int i = 0; i < MODELS; i++) {
            String file = String.format(Locale.ROOT, "model-%03d.safetensors", i);
            manifest.append(file).append('\n');
            write(folder.resolve(file), options(i), manifest);
            assertThat(Stsw.header(folder.resolve(file)).checksums().isPresent())
                    .isEqualTo(i % 4 == 0);
        }
        Files.writeString(folder.resolve("manifest.tsv"), manifest);
    }

    /// Every fourth with checksums; else without metadata, with an empty map, or with one entry.
    private static WriteOptions options(int model) {
        WriteOptions options = WriteOptions.defaults().withCrc32(model % 4 == 0);
        return switch (model % 3) {
            case 0 -> options;
            case 1 -> options.withMetadata(Map.of()); // Never without tensors, see tensors(int).
            default -> options.withMetadata(Map.of("k\n\u0001\"", "v\\\ud83d\ude00\u007f"));
        };
    }

    private void write(Path file, WriteOptions options, StringBuilder manifest)
            throws IOException, NoSuchAlgorithmException {
        List<TensorSpec> tensors = tensors(options.metadata().isPresent() ? 1 : 0);
        try (StreamWriter writer = StreamWriter.open(file, tensors, options)) {
            for (TensorSpec tensor : tensors) {
                byte[] bytes = new byte[(int) tensor.byteSize()];
                random.nextBytes(bytes);
                int cut = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
                writer.writeBlock(tensor.name(), Arrays.copyOfRange(bytes, 0, cut));
                writer.writeBlock(tensor.name(), Arrays.copyOfRange(bytes, cut, bytes.length));
                writer.finalizeTensor(tensor.name());
                manifest.append(String.join(
                                "\t",
                                file.getFileName().toString(),
                                escape(tensor.name()),
                                tensor.dtype().name(),
                                LongStream.of(tensor.shape().toArray())
                                        .mapToObj(Long::toString)
                                        .collect(Collectors.joining(",")),
                                HexFormat.of()
                                        .formatHex(MessageDigest.getInstance("SHA-256")
                                                .digest(bytes))))
                        .append('\n');
            }
        }
    }

    /// At least so many: of no tensors and an empty map of metadata the reference makes `{},"__metadata__":{}}`,
    /// which it rejects itself.
    private List<TensorSpec> tensors(int least) {
        Map<String, TensorSpec> tensors = new TreeMap<>();
        int count = least + random.nextInt(9);
        for (int i = 0; i < count; i++) {
            String name = NAMES[random.nextInt(NAMES.length)] + (random.nextBoolean() ? "" : random.nextInt(20));
            DType dtype = DTYPES.get(random.nextInt(DTYPES.size()));
            long[] shape = random.ints(random.nextInt(6), 0, 4).asLongStream().toArray();
            if (dtype.bits() < 8) {
                // Packed elements must end on a byte.
                shape = LongStream.concat(LongStream.of(shape), LongStream.of(8))
                        .toArray();
            }
            tensors.put(name, new TensorSpec(name, dtype, Shape.of(shape)));
        }
        List<TensorSpec> inOrder = new ArrayList<>(tensors.values());
        inOrder.sort(TensorSpec.REFERENCE_ORDER);
        return inOrder;
    }

    /// Like the inside of an ASCII JSON string.
    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                escaped.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }
}
