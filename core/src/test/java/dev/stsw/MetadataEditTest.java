package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.DType;
import dev.stsw.format.HeaderException;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Other metadata, the same tensors: the old file or the whole new one.
class MetadataEditTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("model.safetensors");
    }

    private static Map<String, String> licensed(Map<String, String> metadata) {
        metadata.put("license", "Apache-2.0");
        return metadata;
    }

    private static void write(Path file, int alignment, int megabytes) throws IOException {
        List<TensorSpec> tensors = List.of(
                TensorSpec.of("a", DType.U8, 3 + megabytes * 1_000_000L),
                TensorSpec.of("none", DType.F32, 0),
                TensorSpec.of("b", DType.I64, 700));
        WriteOptions options =
                WriteOptions.defaults().withCrc32(true).withAlignment(alignment).withMetadata(Map.of("format", "pt"));
        SplittableRandom dice = new SplittableRandom(1);
        try (StreamWriter writer = StreamWriter.open(file, tensors, options)) {
            for (TensorSpec tensor : tensors) {
                byte[] bytes = new byte[(int) tensor.byteSize()];
                dice.nextBytes(bytes);
                writer.writeBlock(tensor.name(), bytes);
                writer.finalizeTensor(tensor.name());
            }
        }
    }

    /// Of each tensor the CRC-32, computed here.
    private static Map<String, Long> contents(Path file) throws IOException {
        Map<String, Long> contents = new HashMap<>();
        try (StreamReader reader = StreamReader.open(file)) {
            for (String name : reader.keys()) {
                CRC32 crc = new CRC32();
                crc.update(reader.tensor(name).toByteArray());
                contents.put(name, crc.getValue());
            }
        }
        return contents;
    }

    private static Map<String, String> metadata(Path file) throws IOException {
        return Stsw.header(file).metadata().orElse(Map.of());
    }

    private void assertEdited(Map<String, Long> before) throws IOException {
        assertThat(metadata(file)).isEqualTo(Map.of("format", "pt", "license", "Apache-2.0"));
        assertThat(Stsw.verify(file).ok()).isTrue();
        assertThat(contents(file)).isEqualTo(before);
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 4096, 1 << 16})
    void tensorsAndChecksumsStay(int alignment) throws IOException {
        write(file, alignment, 0);
        long size = Files.size(file);
        long start = Stsw.header(file).dataStart();
        Map<String, Long> before = contents(file);
        Stsw.editMetadata(file, MetadataEditTest::licensed);
        assertEdited(before);
        // With so much padding it fits; otherwise the data moves by a block.
        assertThat(Files.size(file)).isEqualTo(alignment == 8 ? size + 4096 : size);
        assertThat(Stsw.header(file).dataStart()).isEqualTo(alignment == 8 ? start + 4096 : start);
    }

    @Test
    void aHeaderThatGrowsKeepsTheDatasAlignment() throws IOException {
        write(file, 1 << 16, 0);
        Map<String, Long> before = contents(file);
        Stsw.editMetadata(file, metadata -> {
            metadata.put("long", "x".repeat(70_000));
            return metadata;
        });
        assertThat(Stsw.header(file).dataStart()).isEqualTo(2 << 16);
        Stsw.editMetadata(file, metadata -> Map.of("format", "pt", "license", "Apache-2.0"));
        assertEdited(before);
    }

    @Test
    void aLargeFileIsEditedToo() throws IOException {
        write(file, 8, 140);
        Map<String, Long> before = contents(file);
        Stsw.editMetadata(file, MetadataEditTest::licensed);
        assertEdited(before);
    }

    /// A header of 64 KiB is as long as what is written past the cache.
    @Test
    void aLargeFileWithALongHeaderIsEditedToo() throws IOException {
        List<TensorSpec> tensors = new ArrayList<>(List.of(TensorSpec.of("a", DType.U8, 140_000_000)));
        IntStream.range(0, 1500).forEach(i -> tensors.add(TensorSpec.of("tensor number " + i, DType.F32, 0)));
        try (StreamWriter writer = StreamWriter.open(file, tensors)) {
            writer.writeBlock("a", new byte[140_000_000]);
            for (TensorSpec tensor : tensors) {
                writer.finalizeTensor(tensor.name());
            }
        }
        assertThat(Stsw.header(file).dataStart()).isGreaterThan(1 << 16);
        Stsw.editMetadata(file, MetadataEditTest::licensed);
        assertThat(Stsw.header(file).metadata()).hasValue(Map.of("license", "Apache-2.0"));
        assertThat(Stsw.header(file).tensors()).hasSize(1501);
    }

    @Test
    void entriesCanBeTakenAway() throws IOException {
        write(file, 8, 0);
        Stsw.editMetadata(file, metadata -> new HashMap<>());
        assertThat(Stsw.header(file).metadata()).isEmpty();
        assertThat(Stsw.verify(file).ok()).isTrue();
    }

    @Test
    void whatStaysTheSameIsNotWritten() throws IOException {
        write(file, 8, 0);
        Object key = Files.readAttributes(file, "*").get("fileKey");
        Stsw.editMetadata(file, metadata -> new LinkedHashMap<>(metadata));
        assertThat(Files.readAttributes(file, "*").get("fileKey")).isEqualTo(key);
    }

    @Test
    void entriesInAnotherOrderThanTheBytesKeepTheirBytes() throws IOException {
        String json = "{\"z\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[3,5]},"
                + "\"empty\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[3,3]},"
                + "\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}";
        byte[] header = json.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + 5).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length).put(header).put(new byte[] {1, 2, 3, 4, 5});
        Files.write(file, bytes.array());
        Stsw.editMetadata(file, MetadataEditTest::licensed);
        assertThat(metadata(file)).isEqualTo(Map.of("license", "Apache-2.0"));
        Map<String, Tensor> tensors = Stsw.load(file);
        assertThat(tensors.get("a").toByteArray()).containsExactly(1, 2, 3);
        assertThat(tensors.get("z").toByteArray()).containsExactly(4, 5);
        assertThat(tensors).containsKey("empty");
        assertThat(Stsw.header(file).checksums()).isEmpty();
    }

    @Test
    void aDamagedHeaderIsRefused() throws IOException {
        write(file, 8, 0);
        byte[] bytes = Files.readAllBytes(file);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("\"pt\"") + 1;
        bytes[at] = 'q';
        Files.write(file, bytes);
        assertThatThrownBy(() -> Stsw.editMetadata(file, MetadataEditTest::licensed))
                .isInstanceOf(ChecksumException.class)
                .hasMessageContaining("header (bytes 0..");
        Files.write(file, new byte[3]);
        assertThatThrownBy(() -> Stsw.editMetadata(file, MetadataEditTest::licensed))
                .isInstanceOf(HeaderException.class);
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    void ourOwnEntryCannotBeWritten() throws IOException {
        write(file, 8, 0);
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(() -> Stsw.editMetadata(file, metadata -> Map.of("stsw.crc32", "0")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("reserved");
        assertThat(file).hasBinaryContent(before);
        assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows replaces no open file: PublishingOnWindowsTest")
    void whoHasTheOldFileOpenKeepsIt() throws IOException {
        write(file, 4096, 0);
        try (StreamReader reader = StreamReader.open(file)) {
            byte[] before = reader.tensor("b").toByteArray();
            Stsw.editMetadata(file, MetadataEditTest::licensed);
            assertThat(reader.tensor("b").toByteArray()).isEqualTo(before);
            assertThat(reader.metadata()).isEqualTo(Map.of("format", "pt"));
            MemorySegment bytes = reader.getSlice("a");
            assertThat(bytes.byteSize()).isEqualTo(3);
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void linksAreFollowedAndModesKept() throws IOException {
        write(file, 8, 0);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r-----"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        Stsw.editMetadata(link, MetadataEditTest::licensed);
        assertThat(link).isSymbolicLink();
        assertThat(metadata(file)).containsKey("license");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("r--r-----");
    }

    @Test
    void aDiskThatFailsLeavesTheOldFile() throws IOException {
        write(file, 4096, 0);
        byte[] before = Files.readAllBytes(file);
        for (boolean forceFails : new boolean[] {false, true}) {
            assertThatThrownBy(() -> MetadataEdit.apply(
                            file,
                            MetadataEditTest::licensed,
                            new FailingChannel.Opener(forceFails ? 100 : 0, forceFails)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Input/output error");
            assertThat(file).hasBinaryContent(before);
            assertThat(Models.namesIn(folder)).containsExactly("model.safetensors");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 4096})
    @EnabledOnOs(OS.LINUX)
    void aKillBeforeAnyCallLeavesTheOldFileOrTheNewOne(int alignment) throws Exception {
        Strace.require(folder);
        Path work = Files.createDirectory(folder.resolve("work"));
        Path model = work.resolve("model.safetensors");
        write(model, alignment, 0);
        byte[] before = Files.readAllBytes(model);
        List<Strace.Point> points = Strace.points(work, folder.resolve("log"), Main.class, model.toString());
        byte[] after = Files.readAllBytes(model);
        assertThat(points).hasSizeGreaterThan(4);
        for (Strace.Point point : points) {
            Files.write(model, before);
            Strace.run(point.kill(), folder.resolve("log"), Main.class, model.toString());
            assertThat(Files.readAllBytes(model)).as(point.line()).isIn(before, after);
            Stsw.editMetadata(model, MetadataEditTest::licensed);
            assertThat(model).as(point.line()).hasBinaryContent(after);
            assertThat(Models.namesIn(work)).containsExactly("model.safetensors");
        }
        System.out.println("killed at " + points.size() + " calls: edit, alignment " + alignment);
    }

    /// Gives a file a licence.
    static final class Main {
        public static void main(String[] args) throws IOException {
            Stsw.editMetadata(Path.of(args[0]), MetadataEditTest::licensed);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 4096})
    @EnabledOnOs(OS.LINUX)
    void costsOnlyTheHeaderWhereFilesShareBlocks(int alignment) throws Exception {
        Path image = folder.resolve("image");
        Path mount = Files.createDirectory(folder.resolve("mount"));
        run("truncate", "-s", "320M", image.toString());
        boolean mounted = run("mkfs.xfs", "-q", "-m", "reflink=1", image.toString())
                && run("mount", "-o", "loop", image.toString(), mount.toString());
        assumeThat(mounted)
                .as("SKIPPED: no mkfs.xfs here, or no permission to mount")
                .isTrue();
        try {
            file = mount.resolve("model.safetensors");
            write(file, alignment, 140);
            Map<String, Long> before = contents(file);
            try (StreamReader old = StreamReader.open(file)) {
                run("sync", "-f", file.toString());
                long free = Files.getFileStore(file).getUnallocatedSpace();
                Stsw.editMetadata(file, MetadataEditTest::licensed);
                run("sync", "-f", file.toString());
                // The old file is still open: without sharing, 140 MB would be gone.
                assertThat(free - Files.getFileStore(file).getUnallocatedSpace())
                        .isLessThan(10_000_000);
                assertThat(old.metadata()).isEqualTo(Map.of("format", "pt"));
                assertThat(old.tensor("b").toLongArray()).hasSize(700);
            }
            assertThat(contents(file)).isEqualTo(before);
            assertThat(Stsw.verify(file).ok()).isTrue();
        } finally {
            run("umount", "-l", mount.toString());
        }
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
            return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
