package dev.stsw.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.ShardIndex;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Convert, Reshard and Cast. */
class RewriteTest {
    private static final TensorSpec[] LAYERS = Zoo.layers("layer", 6, 250);

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private List<String> in() {
        return List.of(folder.resolve("in").toString());
    }

    private String out() {
        return folder.resolve("out").toString();
    }

    private List<String> written() throws IOException {
        Path out = folder.resolve("out");
        try (Stream<Path> files = Files.walk(out)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> out.relativize(file).toString())
                    .filter(name -> !name.endsWith(".crc"))
                    .sorted()
                    .toList();
        }
    }

    private static List<String> problems(Dataset<Row> report) {
        return report.where("problem is not null").orderBy("path").collectAsList().stream()
                .map(row -> row.<String>getAs("path") + ": " + row.getAs("problem"))
                .toList();
    }

    private static Header header(byte[] file) throws IOException {
        int json = Header.jsonLength(ByteBuffer.wrap(file), file.length);
        return Header.parse(ByteBuffer.wrap(file, 0, 8 + json), file.length);
    }

    private static Map<String, byte[]> tensors(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Map<String, byte[]> tensors = new TreeMap<>();
        Header header = header(bytes);
        for (TensorMeta tensor : header.tensors()) {
            int start = (int) (header.dataStart() + tensor.offsetBegin());
            tensors.put(tensor.name(), Arrays.copyOfRange(bytes, start, start + (int) tensor.byteSize()));
        }
        return tensors;
    }

    @Test
    void aModelIsSplitIntoShardsWithAnIndexAndJoinedAgain() throws IOException {
        Path original = Zoo.write(folder.resolve("in/m/model.safetensors"), true, LAYERS);
        OutputOptions small =
                OutputOptions.defaults().withMaxShardBytes(250_000).withCrc32(true);

        Dataset<Row> report = Reshard.of(spark, in(), out(), small);

        assertThat(problems(report)).isEmpty();
        assertThat(written())
                .containsExactly(
                        "m/model-00001-of-00003.safetensors",
                        "m/model-00002-of-00003.safetensors",
                        "m/model-00003-of-00003.safetensors",
                        "m/model.safetensors.index.json");
        ShardIndex index = ShardIndex.parse(Files.readAllBytes(Path.of(out(), "m/model.safetensors.index.json")));
        assertThat(index.totalSize()).hasValue(6 * 100_200);
        Map<String, byte[]> all = new TreeMap<>();
        for (String shard : index.shards()) {
            all.putAll(tensors(Path.of(out(), "m", shard)));
        }
        Map<String, byte[]> expected = tensors(original);
        assertThat(all.keySet())
                .isEqualTo(expected.keySet())
                .isEqualTo(index.files().keySet());
        all.forEach((name, bytes) -> assertThat(bytes).isEqualTo(expected.get(name)));
        assertThat(Verify.of(spark, List.of(out())).where("not ok").count()).isZero();

        String joined = folder.resolve("joined").toString();
        Reshard.of(spark, List.of(out()), joined, OutputOptions.defaults().withCrc32(true));
        Map<String, byte[]> again = tensors(Path.of(joined, "m/model.safetensors"));
        assertThat(again.keySet()).isEqualTo(expected.keySet());
        again.forEach((name, bytes) -> assertThat(bytes).isEqualTo(expected.get(name)));
    }

    @Test
    void aModelWithABadOrMissingShardLeavesNothingAndIsTold() throws IOException {
        Path first = Zoo.write(folder.resolve("in/bad/model-00001-of-00002.safetensors"), true, Zoo.layers("a", 4));
        Path second = Zoo.write(folder.resolve("in/bad/model-00002-of-00002.safetensors"), true, Zoo.layers("b", 4));
        Zoo.flip(second, Files.size(second) - 1);
        Zoo.write(folder.resolve("in/lone/model-00002-of-00002.safetensors"), true, Zoo.layers("a", 4));
        Zoo.write(folder.resolve("in/good/model.safetensors"), true, LAYERS);

        Dataset<Row> report =
                Reshard.of(spark, in(), out(), OutputOptions.defaults().withMaxShardBytes(60_000));

        List<String> problems = problems(report);
        assertThat(problems)
                .anyMatch(problem -> problem.matches(
                        "bad/.*tensor 'b.3.bias' .bytes [0-9.]+.: CRC-32 expected [0-9a-f]{8} but was [0-9a-f]{8}"));
        assertThat(problems).contains("lone/model-00002-of-00002.safetensors: its shard 1 of 2 is missing");
        assertThat(written()).isNotEmpty().allMatch(name -> name.startsWith("good/"));
        assertThat(folder.resolve("out")).isDirectoryNotContaining("glob:**_temporary*");
        assertThat(first).exists();
    }

    @Test
    void whatIsThereAlreadyIsNotReplaced() throws IOException {
        Zoo.write(folder.resolve("in/model.safetensors"), false, LAYERS);
        Path old = Files.createDirectories(folder.resolve("out")).resolve("model.safetensors");
        Files.writeString(old, "precious");

        Dataset<Row> report = Reshard.of(spark, in(), out(), OutputOptions.defaults());

        assertThat(problems(report)).singleElement().asString().endsWith("is there already; new files go elsewhere");
        assertThat(old).hasContent("precious");
    }

    @Test
    void aCastChangesFloatsAsTorchDoes() throws IOException {
        TensorSpec[] specs = {TensorSpec.of("w", DType.F32, 4), TensorSpec.of("i", DType.I64, 1)};
        byte[] header = Header.of(List.of(specs), null, 8, false).toBytes();
        ByteBuffer data = ByteBuffer.allocate(24).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        data.putFloat(1.0f).putFloat(-2.5f).putFloat(1e30f).putFloat(3.14159f).putLong(7);
        Path in = Files.createDirectories(folder.resolve("in")).resolve("model.safetensors");
        Files.write(in, header);
        Files.write(in, data.array(), java.nio.file.StandardOpenOption.APPEND);

        Dataset<Row> report = Cast.of(spark, in(), DType.F16, out(), OutputOptions.defaults());

        assertThat(problems(report)).isEmpty();
        assertThat(report.head().getList(report.head().fieldIndex("notes")))
                .containsExactly("tensor 'w': 1 of 4 values are beyond what F16 can hold");
        Map<String, byte[]> tensors = tensors(Path.of(out(), "model.safetensors"));
        assertThat(HexFormat.of().formatHex(tensors.get("w"))).isEqualTo("003c" + "00c1" + "007c" + "4842");
        assertThat(tensors.get("i")).isEqualTo(Arrays.copyOfRange(data.array(), 16, 24));
    }

    private static String unescaped(String json) throws IOException {
        return new com.fasterxml.jackson.databind.ObjectMapper().readValue('"' + json + '"', String.class);
    }

    /** The checkpoints that torch made for the tests of the reader, all at once, with what torch reads from them. */
    @Test
    void aTreeOfCheckpointsIsConvertedAndBadOnesAreRows() throws Exception {
        Path golden = Path.of(System.getProperty("stsw.root"), "interop/golden/torch");
        Map<String, Map<String, String>> expected = new TreeMap<>();
        Map<String, Set<String>> alone = new TreeMap<>();
        Set<String> refused = new HashSet<>();
        for (String line : Files.readAllLines(golden.resolve("torch.tsv"))) {
            String[] row = line.split("\t", -1);
            if (row.length > 2 && row[1].equals("file")) {
                if (!row[2].equals("accept")) {
                    refused.add(row[0]);
                }
            } else if (row.length > 6) {
                String name = row[2].equals("*") ? "tensor" : unescaped(row[2]);
                expected.computeIfAbsent(row[0], file -> new TreeMap<>()).put(name, row[5]);
                if (row[6].isEmpty()) {
                    // Others share their elements with one of these, and may be left out.
                    alone.computeIfAbsent(row[0], file -> new HashSet<>()).add(name);
                }
            }
        }

        Dataset<Row> report = Convert.of(
                spark,
                List.of(golden.toString()),
                out(),
                OutputOptions.defaults().withCrc32(true));

        Map<String, Row> rows =
                report.collectAsList().stream().collect(Collectors.toMap(row -> row.<String>getAs("path"), row -> row));
        assertThat(rows).hasSizeGreaterThan(200);
        assertThat(rows).containsKeys("zip-many.pt", "zip-root-archive.bin").doesNotContainKey("optimizer.pt");
        for (Map.Entry<String, Row> row : rows.entrySet()) {
            String problem = row.getValue().getAs("problem");
            if (refused.contains(row.getKey())) {
                assertThat(problem).as(row.getKey()).isNotNull();
            } else if (expected.containsKey(row.getKey()) && problem == null) {
                Map<String, String> found = new TreeMap<>();
                for (Map.Entry<String, byte[]> tensor : tensors(Path.of(
                                new org.apache.hadoop.fs.Path(row.getValue().<String>getAs("out"))
                                        .toUri()
                                        .getPath()))
                        .entrySet()) {
                    found.put(
                            tensor.getKey(),
                            HexFormat.of()
                                    .formatHex(
                                            MessageDigest.getInstance("SHA-256").digest(tensor.getValue())));
                }
                assertThat(expected.get(row.getKey())).as(row.getKey()).containsAllEntriesOf(found);
                assertThat(found.keySet()).as(row.getKey()).containsAll(alone.get(row.getKey()));
            }
        }
        assertThat(rows.values())
                .filteredOn(row -> expected.containsKey(row.getAs("path")) && !refused.contains(row.getAs("path")))
                .extracting(row -> row.getAs("problem"))
                .containsOnlyNulls();
        assertThat(Verify.of(spark, List.of(out())).where("not ok").count()).isZero();
    }
}
