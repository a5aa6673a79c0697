package dev.stsw.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Prints what teaches a shell to complete commands and options, made from their definitions.
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = "Print a script that teaches a shell to complete commands and options.",
        footer = {
            "",
            "Examples:",
            "  source <(stsw completion bash)",
            "  stsw completion bash >~/.local/share/bash-completion/completions/stsw",
            "  stsw completion fish >~/.config/fish/completions/stsw.fish"
        })
final class CompletionCommand implements Callable<Integer> {
    private final RootCommand root;

    /// The shells that there are scripts for.
    enum Shell {
        BASH,
        ZSH,
        FISH;

        /// As it is typed.
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
    private Shell shell = Shell.BASH;

    CompletionCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        CommandLine line = Parser.commandLine(new RootCommand(root.terminal()));
        String script = switch (shell) {
            case BASH -> Completions.bash(line);
            case ZSH -> Completions.zsh(line);
            case FISH -> Completions.fish(line);
        };
        root.terminal().out().append(script);
        return ExitCode.GOOD;
    }
}
