package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.StreamReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Folders of torch.distributed.checkpoint on the command line.
class DistributedTest {
    private static final Path GOLDEN = Cli.ROOT.resolve("interop/golden/distributed");

    @TempDir
    Path folder;

    private Path copy(String name) throws IOException {
        Path target = Files.createDirectory(folder.resolve(name));
        for (String file : Cli.files(GOLDEN.resolve(name))) {
            Files.copy(GOLDEN.resolve(name).resolve(file), target.resolve(file));
        }
        return target;
    }

    @Test
    void aFolderAndItsMetadataAreTheSameModel() throws IOException {
        Path out = folder.resolve("out.safetensors");
        Cli.Result result = Cli.run("convert", GOLDEN.resolve("mesh"), out, "--crc32");
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("51 tensors").contains("from PyTorch (distributed, model)");
        byte[] bytes = Files.readAllBytes(out);
        assertThat(Cli.run("verify", out).exitCode()).isZero();
        assertThat(Cli.run("convert", GOLDEN.resolve("mesh/.metadata"), out, "--crc32", "--workers", "3")
                        .exitCode())
                .isZero();
        assertThat(out).hasBinaryContent(bytes);
    }

    @Test
    void optionsMeanWhatTheyMeanElsewhere() throws IOException {
        Path out = folder.resolve("out");
        Cli.Result result = Cli.run(
                "convert",
                GOLDEN.resolve("flat"),
                out,
                "--include",
                "*.weight",
                "--exclude",
                "lm_head*",
                "--strip-prefix",
                "model.",
                "--dtype",
                "f32",
                "--max-shard-size",
                "100B",
                "--json");
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("{\"kind\":\"dropped\",\"subject\":\"optimizer\",\"detail\":\"1 tensor, 1 object\"}")
                .contains("{\"kind\":\"renamed\",\"subject\":\"model.norm.weight\",\"detail\":\"norm.weight\"}");
        assertThat(Cli.files(out)).contains("model.safetensors");
        try (StreamReader reader = StreamReader.open(out.resolve("model.safetensors"))) {
            assertThat(reader.keys()).containsExactlyInAnyOrder("embed.weight", "norm.weight");
        }
        assertThat(Cli.run("convert", GOLDEN.resolve("flat"), folder.resolve("o.safetensors"), "--key", "optimizer")
                        .out())
                .contains("from PyTorch (distributed, optimizer)")
                .contains("skipped: param_groups.lm_head.weight.lr (pickled object)");
    }

    @Test
    void inspectShowsTheModelAndTellsOfTheRest() {
        Cli.Result result = Cli.run("inspect", GOLDEN.resolve("single"));
        assertThat(result.exitCode()).isZero();
        assertThat(result.out())
                .contains("PyTorch (distributed, app.model)")
                .contains("channels_last")
                .contains("dropped: app.optim (1 tensor, 1 object)")
                .contains("skipped: extra.note (pickled object)");
        assertThat(Cli.run("inspect", GOLDEN.resolve("single"), "--json").out())
                .contains("\"kind\":\"PyTorch (distributed, app.model)\"");
    }

    @Test
    void verifyFindsAFlippedBitInAnyPiece() throws IOException {
        Path copy = copy("flat");
        assertThat(Cli.run("verify", copy).out()).contains(": ok (");
        for (String name : List.of("__0_0.distcp", "__1_1.distcp")) {
            Path file = copy.resolve(name);
            byte[] good = Files.readAllBytes(file);
            byte[] bad = good.clone();
            bad[firstElement(bad)] ^= 1;
            Files.write(file, bad);
            Cli.Result result = Cli.run("verify", copy);
            assertThat(result.exitCode()).as(name).isEqualTo(1);
            assertThat(result.err()).contains("tensor '").contains("in " + name).contains("CRC-32 expected");
            Files.write(file, good);
        }
        assertThat(Cli.run("verify", "--structure-only", copy).exitCode()).isZero();
    }

    /// Of the first record: behind its name, and the padding with the length in front.
    private static int firstElement(byte[] bytes) {
        int padding = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("data/0FB") + "data/0FB".length();
        return padding + 2 + (bytes[padding] & 0xff) + ((bytes[padding + 1] & 0xff) << 8);
    }

    @Test
    void aMissingFileIsOneErrorAndLeavesNothing() throws IOException {
        Path copy = copy("flat");
        Files.delete(copy.resolve("__1_0.distcp"));
        Path out = folder.resolve("out.safetensors");
        Cli.Result result = Cli.run("convert", copy, out);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err().lines())
                .singleElement()
                .asString()
                .contains("in __1_0.distcp")
                .contains("is missing");
        assertThat(out).doesNotExist();
        assertThat(Cli.run("verify", copy).exitCode()).isEqualTo(1);
    }

    @Test
    void aFolderWithoutItsMetadataAndASingleFileAreNamed() throws IOException {
        Path copy = copy("flat");
        Path out = folder.resolve("out.safetensors");
        Cli.Result single = Cli.run("convert", copy.resolve("__0_0.distcp"), out);
        assertThat(single.exitCode()).isEqualTo(1);
        assertThat(single.err())
                .contains("one file of a distributed checkpoint")
                .contains("take its folder");
        Files.delete(copy.resolve(".metadata"));
        Cli.Result result = Cli.run("convert", copy, out);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("no .metadata");
    }

    @Test
    void anOptimizerAloneIsNoModel() {
        Cli.Result result = Cli.run("convert", GOLDEN.resolve("optimizer"), folder.resolve("out.safetensors"));
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("--key");
    }

    @Test
    void piecesInSafetensorsFilesAreToldOf() throws IOException {
        Path shard = Cli.write(
                folder.resolve("shard-00001-model-00001-of-00001.safetensors"),
                "{\"__metadata__\":{\"DCP_SHARDING_INFO\":\"{}\"},\"w\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}",
                2);
        assertThat(Cli.run("convert", shard, folder.resolve("out.safetensors")).out())
                .contains("its tensors may be pieces of others");
    }
}
