package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Hundreds of files that the reference saved: we read the same entries, and lay them out again to the same bytes. */
class ReferenceFilesTest {
    private static final Map<String, byte[]> FILES = new HashMap<>();
    private static final Map<String, List<String[]>> ROWS = new LinkedHashMap<>();

    @BeforeAll
    static void load() throws IOException {
        try (ZipFile zip = new ZipFile(Golden.path("valid.zip").toFile())) {
            for (var entry : zip.stream().toList()) {
                FILES.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        }
        for (String[] row : Golden.rows("valid.tsv")) {
            ROWS.computeIfAbsent(row[0], file -> new ArrayList<>()).add(row);
        }
        assertThat(FILES.keySet()).hasSizeGreaterThan(300).isEqualTo(ROWS.keySet());
    }

    @Test
    void areReadAsTheReferenceReadsThem() throws IOException {
        for (String file : ROWS.keySet()) {
            isReadAsTheReferenceReadsIt(file);
        }
    }

    private static void isReadAsTheReferenceReadsIt(String file) throws IOException {
        Header header = Golden.parse(FILES.get(file));

        List<TensorMeta> expected = new ArrayList<>();
        for (String[] row : rows(file, "tensor")) {
            expected.add(new TensorMeta(
                    Golden.text(row[2]),
                    DType.valueOf(row[3]),
                    Golden.shape(row[4]),
                    Long.parseLong(row[5]),
                    Long.parseLong(row[6]),
                    OptionalLong.empty()));
        }
        assertThat(header.tensors()).as(file).isEqualTo(expected);
        for (TensorMeta tensor : expected) {
            assertThat(header.find(tensor.name())).as(file).hasValue(tensor);
        }
        assertThat(header.find("no such name")).as(file).isEmpty();
        assertThat(header.metadata().orElse(null)).as(file).isEqualTo(metadata(file));
        assertThat(header.checksums()).as(file).isEmpty();
    }

    /** With more than one key, the reference itself writes the metadata in a random order. */
    @Test
    void areWrittenAsTheReferenceWritesThem() throws IOException {
        for (String file : ROWS.keySet()) {
            if (rows(file, "metadata").size() <= 1) {
                isWrittenAsTheReferenceWritesIt(file);
            }
        }
    }

    private static void isWrittenAsTheReferenceWritesIt(String file) throws IOException {
        Map<String, String> metadata = metadata(file);
        List<TensorSpec> tensors = new ArrayList<>();
        for (String[] row : rows(file, "tensor")) {
            tensors.add(new TensorSpec(Golden.text(row[2]), DType.valueOf(row[3]), Golden.shape(row[4])));
        }
        Collections.shuffle(tensors, new Random(7));
        tensors.sort(TensorSpec.REFERENCE_ORDER);

        byte[] written = Header.of(tensors, metadata, 8, false).toBytes();

        assertThat(written).as(file).isEqualTo(Arrays.copyOf(FILES.get(file), written.length));
    }

    private static List<String[]> rows(String file, String kind) {
        return ROWS.get(file).stream().filter(row -> row[1].equals(kind)).toList();
    }

    private static @Nullable Map<String, String> metadata(String file) throws HeaderException {
        if (rows(file, "file").get(0)[3].equals("-")) {
            return null;
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        for (String[] row : rows(file, "metadata")) {
            metadata.put(Golden.text(row[2]), Golden.text(row[3]));
        }
        return metadata;
    }
}
