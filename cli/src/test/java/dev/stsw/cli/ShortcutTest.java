package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/// The way without picocli does what the way with it does.
class ShortcutTest {
    @TempDir
    Path folder;

    /// `GOOD`, `BARE`, `BAD`, `PT` stand for files, `OUT` for one to write.
    static Stream<List<String>> taken() {
        return Stream.of(
                List.of("--version"),
                List.of("inspect", "GOOD"),
                List.of("inspect", "--json", "GOOD"),
                List.of("inspect", "GOOD", "--json", "PT"),
                List.of("inspect", "PT", "BAD", "GOOD"),
                List.of("inspect", "BAD", "--json"),
                List.of("inspect", "inspect"),
                List.of("inspect", "/"),
                List.of("verify", "GOOD"),
                List.of("verify", "GOOD", "BAD", "BARE"),
                List.of("verify", "--json", "GOOD", "BAD", "BARE", "nowhere"),
                List.of("verify", "--structure-only", "BARE", "BAD"),
                List.of("verify", "BARE", "--structure-only", "--json"),
                List.of("convert", "PT", "OUT"),
                List.of("convert", "GOOD", "--crc32", "OUT"),
                List.of("convert", "--json", "--crc32", "BARE", "OUT"),
                List.of("convert", "--json", "BAD", "OUT"),
                List.of("convert", "nowhere", "OUT"),
                List.of("convert", "GOOD", "-"),
                List.of("convert", "--crc32", "--json", "PT", "-"),
                List.of("convert", "GOOD", "OUT.bin"));
    }

    static Stream<List<String>> leftToPicocli() {
        return Stream.of(
                List.of(),
                List.of("inspect"),
                List.of("--help"),
                List.of("inspect", "--help"),
                List.of("inspect", "--json"),
                List.of("inspect", "--json", "--json", "GOOD"),
                List.of("inspect", "--jso", "GOOD"),
                List.of("inspect", "--json=false", "GOOD"),
                List.of("inspect", "-v", "GOOD"),
                List.of("inspect", "--", "GOOD"),
                List.of("inspect", "@GOOD"),
                List.of("inspect", ""),
                List.of("inspect", "--structure-only", "GOOD"),
                List.of("verify", "--structure-only", "--structure-only", "GOOD"),
                List.of("--version", "inspect"),
                List.of("--json", "inspect", "GOOD"),
                List.of("-v", "inspect", "GOOD"),
                List.of("convert", "GOOD"),
                List.of("convert", "GOOD", "OUT", "OUT"),
                List.of("convert", "GOOD", "OUT", "--dry-run"),
                List.of("convert", "GOOD", "OUT", "--metadata", "a=b"),
                List.of("convert", "GOOD", "OUT", "--dtype", "half"),
                List.of("convert", "--crc32", "--crc32", "GOOD", "OUT"),
                List.of("selftest"));
    }

    @ParameterizedTest
    @MethodSource("taken")
    void itSaysAndReturnsTheSame(List<String> words) throws IOException {
        List<String> args = prepared(words);
        Cli.Result slow = run(root -> Parser.run(root, args.toArray(String[]::new)));
        byte[] written = Files.exists(out()) ? Files.readAllBytes(out()) : new byte[0];
        Cli.Result quick =
                run(root -> Shortcut.run(root, args.toArray(String[]::new)).orElseThrow());
        assertThat(quick).isEqualTo(slow);
        assertThat(Files.exists(out()) ? Files.readAllBytes(out()) : new byte[0])
                .isEqualTo(written);
    }

    @ParameterizedTest
    @MethodSource("leftToPicocli")
    void itLeavesAllElseAlone(List<String> words) throws IOException {
        String[] args = prepared(words).toArray(String[]::new);
        ByteArrayOutputStream nothing = new ByteArrayOutputStream();
        RootCommand root = new RootCommand(terminal(nothing, nothing));
        assertThat(Shortcut.run(root, args)).isEqualTo(Optional.empty());
        assertThat(nothing.size()).isZero();
    }

    /// Every set of flags of every form, with as few files as it takes, one more, and as many as it takes.
    static Stream<List<String>> all() {
        List<List<String>> all = new ArrayList<>();
        for (PlainForm form : PlainForm.ALL) {
            for (int set = 0; set < 1 << form.flags().size(); set++) {
                for (int files : new int[] {form.fewest(), Math.min(form.fewest() + 1, form.most())}) {
                    List<String> words = new ArrayList<>(List.of(form.command()));
                    for (int i = 0; i < files; i++) {
                        words.add(i == form.most() - 1 ? "OUT" : i % 2 == 0 ? "GOOD" : "BARE");
                    }
                    for (int i = 0; i < form.flags().size(); i++) {
                        if ((set & 1 << i) != 0) {
                            words.add(1 + i % words.size(), form.flags().get(i));
                        }
                    }
                    all.add(words);
                }
            }
        }
        return all.stream().distinct();
    }

    @ParameterizedTest
    @MethodSource("all")
    void itTakesAllThatTheTableAllows(List<String> words) throws IOException {
        itSaysAndReturnsTheSame(words);
    }

    @Test
    void theTableAllowsWhatPicocliKnowsOnly() {
        CommandLine root = Parser.commandLine(
                new RootCommand(terminal(OutputStream.nullOutputStream(), OutputStream.nullOutputStream())));
        for (PlainForm form : PlainForm.ALL) {
            CommandLine command = root.getSubcommands().get(form.command());
            for (String flag : form.flags()) {
                assertThat(command.getCommandSpec().findOption(flag).arity().max())
                        .as(flag)
                        .isZero();
            }
        }
    }

    private Path out() {
        return folder.resolve("out.safetensors");
    }

    private List<String> prepared(List<String> words) throws IOException {
        Path good = folder.resolve("good.safetensors");
        Path bare = folder.resolve("bare.safetensors");
        Path bad = folder.resolve("bad.safetensors");
        if (!Files.exists(good)) {
            Cli.run("convert", Cli.EXAMPLE, good, "--crc32");
            Cli.run("convert", Cli.EXAMPLE, bare);
            byte[] bytes = Files.readAllBytes(good);
            bytes[bytes.length - 1] ^= 1;
            Files.write(bad, bytes);
        }
        return words.stream()
                .map(word -> word.replace("GOOD", good.toString())
                        .replace("BARE", bare.toString())
                        .replace("BAD", bad.toString())
                        .replace("PT", Cli.EXAMPLE.toString())
                        .replace("OUT", out().toString()))
                .toList();
    }

    private static Cli.Result run(ToIntFunction<RootCommand> way) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = terminal(out, err);
        int exitCode = way.applyAsInt(new RootCommand(terminal));
        terminal.out().flush();
        return new Cli.Result(exitCode, text(out), text(err));
    }

    /// Without how long it took, which differs.
    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8).replaceAll("in \\d.*", "");
    }

    private static Terminal terminal(OutputStream out, OutputStream err) {
        return Terminal.plain(new Output(out), new PrintStream(err, true, StandardCharsets.UTF_8));
    }
}
