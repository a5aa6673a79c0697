package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// What helps people who do not know the command line by heart.
class HelpTest {
    @TempDir
    Path folder;

    private static void wrong(String sentence, Object... arguments) {
        Cli.Result result = Cli.run(arguments);
        assertThat(result.err()).startsWith("stsw: " + sentence).hasLineCount(1);
        assertThat(result.exitCode()).isEqualTo(2);
    }

    @Test
    void slipsOfTheFingerAreUnderstood() {
        wrong("no command 'conver', perhaps 'convert' (see stsw --help)", "conver", "a", "b");
        wrong("no command 'ad', perhaps 'add' (see stsw checksum --help)", "checksum", "ad", "a");
        wrong("no command 'frobnicate'; one of: inspect, ", "frobnicate");
        wrong("no option '--dtpye', perhaps '--dtype' (see stsw cast --help)", "cast", "a", "--dtpye", "f16");
        wrong("no option '--key'; it is one of stsw convert (see stsw cast --help)", "cast", "a", "--key=b");
        wrong("no option '--frobnicate' (see stsw cast --help)", "cast", "a", "--frobnicate");
        wrong("'c' is one argument too many (see stsw cast --help)", "cast", "a", "c");
    }

    @Test
    void helpIsTheSameUnderBothNames() {
        for (String name : new Commands().names()) {
            Cli.Result help = Cli.run("help", name);
            assertThat(help.exitCode()).isZero();
            assertThat(help.out())
                    .isEqualTo(Cli.run(name, "--help").out())
                    .startsWith("Usage: stsw " + name)
                    .endsWith("\n");
        }
        assertThat(Cli.run("help").out()).isEqualTo(Cli.run("--help").out()).contains("Examples:");
    }

    @Test
    void completionsKnowEveryCommandAndOption() throws Exception {
        CommandLine root = Parser.commandLine(new RootCommand(Terminal.ofProcess()));
        String fish = Cli.run("completion", "fish").out();
        String bash = Cli.run("completion", "bash").out();
        for (CommandLine command : root.getSubcommands().values()) {
            assertThat(fish).contains(" -f -a " + command.getCommandName() + " -d '");
            for (String option : command.getCommandSpec().optionsMap().keySet()) {
                assertThat(bash).contains(option);
            }
        }
        assertThat(fish).contains("__fish_seen_subcommand_from checksum; and __fish_seen_subcommand_from add");
        assertThat(Cli.run("completion", "zsh").out())
                .startsWith("#compdef stsw\n")
                .contains("bashcompinit");
        assertThat(Cli.run("completion", "tcsh").exitCode()).isEqualTo(2);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no bash")
    void bashCompletesCommandsAndOptions() throws Exception {
        if (!Files.isExecutable(Path.of("/bin/bash"))) {
            return;
        }
        Path script = Files.writeString(
                folder.resolve("stsw.bash"), Cli.run("completion", "bash").out());
        assertThat(completed(script, "stsw", "ch")).containsExactly("checksum");
        assertThat(completed(script, "stsw", "cast", "--dt")).containsExactly("--dtype");
        assertThat(completed(script, "stsw", "merge", "--on-conflict", "f")).containsExactly("first");
    }

    private List<String> completed(Path script, String... words) throws IOException, InterruptedException {
        String program = "source " + script + "; COMP_WORDS=(" + String.join(" ", words) + "); COMP_CWORD="
                + (words.length - 1) + "; COMP_LINE='" + String.join(" ", words)
                + "'; COMP_POINT=${#COMP_LINE}; _complete_stsw; printf '%s\\n' \"${COMPREPLY[@]}\"";
        return Program.run(folder, List.of("/bin/bash", "-c", program))
                .out()
                .lines()
                .map(String::strip)
                .toList();
    }

    @Test
    void quietCommandsSayNothingButProblems() throws IOException {
        Path in = folder.resolve("in.safetensors");
        Path out = folder.resolve("out.safetensors");
        for (Object[] command : new Object[][] {
            {"convert", Cli.EXAMPLE, in, "--quiet", "--crc32"},
            {"-q", "cast", in, "--dtype", "f16", "-o", out},
            {"verify", "-q", in},
            {"meta", in, "--set", "a=b", "-q"},
            {"checksum", "remove", in, "-q"},
            {"checksum", "remove", in, "-q"}
        }) {
            assertThat(Cli.run(command)).isEqualTo(new Cli.Result(0, "", ""));
        }
        Cli.Result unproved = Cli.run("verify", "-q", in);
        assertThat(unproved.exitCode()).isEqualTo(2);
        assertThat(unproved.out()).isEmpty();
        assertThat(unproved.err()).contains("no checksums");
        assertThat(Cli.run("inspect", "-q", in).out()).contains("wte.weight");
        assertThat(Cli.run("cast", in, "--dtype", "f16", "-o", out, "-q", "--json")
                        .out())
                .contains("\"output\"");
    }
}
