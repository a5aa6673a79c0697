package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.StreamReader;
import dev.stsw.format.TensorMeta;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints in archives are converted where they lie, and nothing is taken that was not named. */
class ArchiveTest {
    private static final Path ARCHIVES = Cli.ROOT.resolve("interop/golden/archives");

    @TempDir
    private Path folder;

    @TestFactory
    List<DynamicTest> aMemberIsReadAsTheFileThatItIs() throws IOException {
        Map<String, List<String>> members = new LinkedHashMap<>();
        for (String line : Files.readAllLines(ARCHIVES.resolve("archives.tsv"))) {
            if (!line.startsWith("# ")) {
                String[] columns = line.split("\t", 2);
                members.computeIfAbsent(columns[0], member -> new ArrayList<>()).add(columns[1]);
            }
        }
        assertThat(members).hasSizeGreaterThan(12);
        return members.entrySet().stream()
                .map(member -> DynamicTest.dynamicTest(member.getKey(), () -> {
                    Path out = folder.resolve("out.safetensors");
                    Cli.Result result = Cli.run("convert", ARCHIVES.resolve(member.getKey()), out);
                    assertThat(result.err()).isEmpty();
                    assertThat(listing(out)).containsExactlyInAnyOrderElementsOf(member.getValue());
                    assertThat(Cli.run("inspect", ARCHIVES.resolve(member.getKey()))
                                    .exitCode())
                            .isZero();
                    assertThat(leftBehind()).containsExactly("out.safetensors");
                }))
                .toList();
    }

    private static List<String> listing(Path file) throws Exception {
        List<String> lines = new ArrayList<>();
        try (StreamReader reader = StreamReader.open(file)) {
            for (TensorMeta tensor : reader) {
                byte[] bytes = reader.getSlice(tensor.name()).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
                String shape = tensor.shape().toString().replaceAll("[\\[\\] ]", "");
                String hash = HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
                lines.add(String.join("\t", tensor.name(), tensor.dtype().name(), shape, hash));
            }
        }
        return lines;
    }

    private List<String> leftBehind() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void withoutAMemberThoseAreNamedThatMayBeModels() {
        Path out = folder.resolve("out.safetensors");
        for (String archive : List.of("agent.zip", "gnu.nemo", "model.mar", "one.zip", "nested.zip")) {
            Cli.Result result = Cli.run("convert", ARCHIVES.resolve(archive), out);
            assertThat(result.exitCode()).as(archive).isEqualTo(ExitCode.BAD);
            assertThat(result.err()).contains("members that may be models: '").contains(archive + "!");
            assertThat(out).doesNotExist();
        }
        assertThat(Cli.run("convert", ARCHIVES.resolve("agent.zip"), out).err())
                .contains("'pytorch_variables.pth', 'policy.pth', 'policy.optimizer.pth'");
        assertThat(Cli.run("convert", ARCHIVES.resolve("other.zip"), out).err()).doesNotContain("models");
    }

    @Test
    void aMemberThatIsNotThereIsAWrongQuestion() {
        Cli.Result result = Cli.run("convert", ARCHIVES.resolve("agent.zip!policy.pt"), folder.resolve("out"));
        assertThat(result.exitCode()).isEqualTo(ExitCode.UNCHECKED);
        assertThat(result.err())
                .contains("agent.zip: it has no member policy.pt; ")
                .contains("'policy.pth'");
    }

    @Test
    void verifyAsksForTheFileItself() {
        Cli.Result result = Cli.run("verify", ARCHIVES.resolve("kinds.zip!m.safetensors"));
        assertThat(result.exitCode()).isEqualTo(ExitCode.UNCHECKED);
        assertThat(result.err()).contains("unpack m.safetensors first");
    }

    @Test
    void aFileWhoseNameHoldsTheMarkIsThatFile() throws IOException {
        Path strange = folder.resolve("agent.zip!policy.pth");
        Files.copy(Cli.ROOT.resolve("examples/tiny-transformer.pt"), strange);
        Files.copy(ARCHIVES.resolve("agent.zip"), folder.resolve("agent.zip"), StandardCopyOption.REPLACE_EXISTING);
        Cli.Result result = Cli.run("convert", strange, folder.resolve("out.safetensors"));
        assertThat(result.out()).contains("31 tensors");
        Cli.Result missing = Cli.run("convert", folder.resolve("none.zip!policy.pth"), folder.resolve("out"));
        assertThat(missing.exitCode()).isEqualTo(ExitCode.UNCHECKED);
        assertThat(missing.err()).contains("none.zip!policy.pth: no such file");
    }

    @Test
    void aMemberThatInflatesToFarMoreThanTheArchiveIsRefusedBeforeItIsKept() throws IOException {
        byte[] zeros = new byte[80 << 20];
        Path bomb = Files.write(folder.resolve("bomb.zip"), zip("m.pt", zeros));
        Cli.Result result = Cli.run("convert", folder.resolve("bomb.zip!m.pt"), folder.resolve("out"));
        assertThat(result.exitCode()).isEqualTo(ExitCode.BAD);
        assertThat(result.err()).contains("inflates to 83886080 bytes").contains("--max-output");
        assertThat(leftBehind()).containsExactly(bomb.getFileName().toString());
    }

    @Test
    void aMemberThatLiesAboutItsSizeIsRefused() throws IOException {
        byte[] archive = zip("m.pt", Files.readAllBytes(Cli.EXAMPLE));
        int directory = archive.length - 22 - 46 - "m.pt".length();
        archive[directory + 24 + 1] ^= 1; // The size that the directory claims.
        Files.write(folder.resolve("lie.zip"), archive);
        Cli.Result result = Cli.run("convert", folder.resolve("lie.zip!m.pt"), folder.resolve("out"));
        assertThat(result.exitCode()).isEqualTo(ExitCode.BAD);
        assertThat(result.err()).contains("its data inflates to ");
    }

    @Test
    void archivesInEachOtherEndSomewhere() throws IOException {
        byte[] archive = new byte[] {'x'};
        StringBuilder path = new StringBuilder("deep.zip");
        for (int i = 0; i < 6; i++) {
            archive = zip("m.zip", archive);
            path.append("!m.zip");
        }
        Files.write(folder.resolve("deep.zip"), archive);
        Cli.Result result = Cli.run("convert", folder.resolve(path.toString()), folder.resolve("out"));
        assertThat(result.exitCode()).isEqualTo(ExitCode.UNCHECKED);
        assertThat(result.err()).contains("more than 4 archives in each other");
        assertThat(leftBehind()).containsExactly("deep.zip");
    }

    private static byte[] zip(String name, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(content);
        }
        return bytes.toByteArray();
    }

    @Test
    void picklesAndArraysOfObjectsAreConverted() throws IOException {
        Path pickles = Cli.ROOT.resolve("interop/golden/pickles");
        Path out = folder.resolve("out.safetensors");
        assertThat(Cli.run("convert", pickles.resolve("state_dict-4.pkl"), out).out())
                .contains("from PyTorch (pickle)");
        assertThat(Cli.run("convert", pickles.resolve("saved-legacy-1.pt"), out).out())
                .contains("from PyTorch (legacy)");
        assertThat(Cli.run("convert", pickles.resolve("dict.npy"), out).out()).contains("from NumPy (npy");
        Cli.Result mixed = Cli.run("convert", pickles.resolve("mixed.npz"), out);
        assertThat(mixed.exitCode()).isZero();
        assertThat(mixed.out()).contains("from NumPy (npz").contains("skipped: ");
        Cli.Result text = Cli.run("convert", Cli.ROOT.resolve("interop/golden/numpy/text.npz"), out);
        assertThat(text.exitCode()).isZero();
        assertThat(text.out()).contains("skipped: bad (array that has dtype '<U2', text");
    }
}
