package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyTest {
    @TempDir
    Path folder;

    private Path good;
    private Path damaged;
    private Path plain;

    @BeforeEach
    void convertTheExample() throws IOException {
        good = folder.resolve("good.safetensors");
        plain = folder.resolve("plain.safetensors");
        damaged = folder.resolve("damaged.safetensors");
        assertThat(Cli.run("convert", Cli.EXAMPLE, good, "--crc32").exitCode()).isZero();
        assertThat(Cli.run("convert", Cli.EXAMPLE, plain).exitCode()).isZero();
        byte[] bytes = Files.readAllBytes(good);
        bytes[bytes.length - 1] ^= 1;
        Files.write(damaged, bytes);
    }

    @Test
    void anIntactFileIsOk() {
        Cli.Result result = Cli.run("verify", good);
        assertThat(result.out()).startsWith(good + ": ok (31 tensors checked in ");
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(Cli.run("verify", "--json", good).out())
                .isEqualTo("{\"file\":" + Cli.json(good) + ",\"ok\":true,\"checked\":31}\n");
    }

    @Test
    void aDamagedTensorIsNamedWithBothChecksums() {
        Cli.Result result = Cli.run("verify", damaged);
        assertThat(result.out()).startsWith(damaged + ": FAILED (31 tensors checked in ");
        assertThat(result.err())
                .matches(
                        "stsw: " + Pattern.quote(damaged.toString())
                                + ": tensor 'h\\.1\\.mask' \\(bytes 71296\\.\\.72320\\): CRC-32 expected [0-9a-f]{8} but was [0-9a-f]{8}\n");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(Cli.run("verify", "--json", damaged).out())
                .matches(
                        "\\{\"file\":" + Pattern.quote(Cli.json(damaged))
                                + ",\"ok\":false,\"checked\":31,\"error\":\"tensor 'h.1.mask' .*\","
                                + "\"failed\":\\[\\{\"name\":\"h.1.mask\",\"expected\":\"[0-9a-f]{8}\",\"actual\":\"[0-9a-f]{8}\"}]}\n");
    }

    @Test
    void aDamagedHeaderIsFound() throws IOException {
        byte[] bytes = Files.readAllBytes(good);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("h.0.up.bias");
        bytes[at] ^= 2;
        Path file = Files.write(folder.resolve("header.safetensors"), bytes);
        Cli.Result result = Cli.run("verify", file);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err().lines()).singleElement().asString().contains("header");
        Cli.Result inspected = Cli.run("inspect", file);
        assertThat(inspected.exitCode()).isZero();
        assertThat(inspected.err().lines()).singleElement().asString().contains("header");
    }

    @Test
    void withoutChecksumsNothingIsProved() {
        Cli.Result result = Cli.run("verify", plain);
        assertThat(result.out()).isEqualTo(plain + ": not proved (structure ok, no checksums)\n");
        assertThat(result.err()).contains("nothing was proved");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(Cli.run("verify", "--json", plain).out())
                .startsWith("{\"file\":" + Cli.json(plain) + ",\"ok\":false,\"checked\":0,\"error\":\"no checksums");
    }

    @Test
    void theStructureAloneIsCheckedWhenThatIsAskedFor() throws IOException {
        assertThat(Cli.run("verify", "--structure-only", plain, damaged).exitCode())
                .isZero();
        assertThat(Cli.run("verify", "--structure-only", "--json", plain).out())
                .isEqualTo("{\"file\":" + Cli.json(plain) + ",\"ok\":true,\"checked\":0}\n");
        Path bad = Cli.write(folder.resolve("bad.safetensors"), "{}", 1);
        assertThat(Cli.run("verify", "--structure-only", bad).exitCode()).isEqualTo(1);
    }

    @Test
    void theWorstExitCodeWins() {
        assertThat(Cli.run("verify", good, plain).exitCode()).isEqualTo(2);
        assertThat(Cli.run("verify", damaged, plain, good).exitCode()).isEqualTo(1);
        assertThat(Cli.run("verify", plain, damaged).exitCode()).isEqualTo(1);
        assertThat(Cli.run("verify", damaged, folder.resolve("missing")).out().lines())
                .hasSize(1);
    }
}
