package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.DType;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Every file that the reference made is read equal, and written again byte for byte.
class ReferenceRoundTripTest {
    @TempDir
    static Path folder;

    private static Map<String, byte[]> files;

    @BeforeAll
    static void unpack() throws IOException {
        files = Golden.validFiles();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue());
        }
    }

    @Test
    void thereAreHundredsOfFiles() {
        assertThat(files).hasSizeGreaterThan(300);
    }

    @TestFactory
    Stream<DynamicTest> tensorsReadAsTheReferenceWroteThem() throws IOException {
        Map<String, List<String[]>> byFile = Golden.rows("valid.tsv").stream()
                .collect(Collectors.groupingBy(row -> row[0], LinkedHashMap::new, Collectors.toList()));
        assertThat(byFile.keySet()).isEqualTo(files.keySet());
        return byFile.entrySet().stream()
                .map(file -> DynamicTest.dynamicTest(
                        file.getKey(), () -> readsAsListed(folder.resolve(file.getKey()), file.getValue())));
    }

    private static void readsAsListed(Path file, List<String[]> rows) throws IOException {
        List<ReadOptions> ways =
                List.of(ReadOptions.defaults(), ReadOptions.defaults().withMmap(false));
        for (ReadOptions way : ways) {
            try (StreamReader reader = StreamReader.open(file, way)) {
                Map<String, String> metadata = new LinkedHashMap<>();
                List<String> names = new ArrayList<>();
                for (String[] row : rows) {
                    if (row[1].equals("metadata")) {
                        metadata.put(Golden.text(row[2]), Golden.text(row[3]));
                    } else if (row[1].equals("tensor")) {
                        names.add(Golden.text(row[2]));
                        equalsRow(reader, row);
                    }
                }
                assertThat(reader.metadata()).isEqualTo(metadata);
                assertThat(reader.keys()).isEqualTo(names);
                assertThat(reader.size()).isEqualTo(names.size());
            }
        }
    }

    private static void equalsRow(StreamReader reader, String[] row) throws IOException {
        String name = Golden.text(row[2]);
        TensorMeta meta = reader.meta(name);
        assertThat(meta.dtype()).isEqualTo(DType.find(row[3]).orElseThrow());
        assertThat(meta.shape()).isEqualTo(Golden.shape(row[4]));
        assertThat(meta.offsetBegin()).isEqualTo(Long.parseLong(row[5]));
        assertThat(meta.offsetEnd()).isEqualTo(Long.parseLong(row[6]));
        assertThat(Golden.sha256(reader.getSlice(name).toArray(ValueLayout.JAVA_BYTE)))
                .isEqualTo(row[7]);
        assertThat(Golden.sha256(reader.tensor(name).toByteArray())).isEqualTo(row[7]);
    }

    @TestFactory
    Stream<DynamicTest> writtenAgainTheyAreTheSameBytes() throws IOException {
        return Golden.rows("valid.tsv").stream()
                .filter(row -> row[1].equals("file") && (row[3].equals("-") || Integer.parseInt(row[3]) <= 1))
                .map(row -> DynamicTest.dynamicTest(row[0], () -> rebuildsExactly(folder.resolve(row[0]))));
    }

    private static void rebuildsExactly(Path original) throws IOException {
        byte[] expected = Files.readAllBytes(original);
        Path copy = folder.resolve("copy");
        try (StreamReader reader = StreamReader.open(original)) {
            WriteOptions options = reader.header()
                    .metadata()
                    .map(WriteOptions.defaults()::withMetadata)
                    .orElse(WriteOptions.defaults());

            Map<String, Tensor> tensors = new LinkedHashMap<>();
            List<TensorSpec> declared = new ArrayList<>();
            for (TensorMeta tensor : reader) {
                tensors.put(tensor.name(), reader.tensor(tensor.name()));
                declared.add(tensor.toSpec());
            }
            Stsw.dump(tensors, copy, options);
            assertThat(copy).hasBinaryContent(expected);

            declared.sort(TensorSpec.REFERENCE_ORDER);
            try (StreamWriter writer = StreamWriter.open(copy, declared, options.withBufferSize(4096))) {
                for (TensorSpec tensor : declared) {
                    writer.writeBlock(tensor.name(), reader.getSlice(tensor.name()));
                    writer.finalizeTensor(tensor.name());
                }
            }
            assertThat(copy).hasBinaryContent(expected);

            Stsw.write(TensorSources.inReferenceOrder(reader.asSource()), copy, WriteOptions.defaults());
            assertThat(copy).hasBinaryContent(expected);
        }
    }
}
