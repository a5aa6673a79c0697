package dev.stsw.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `convert` with checksums, and without: the same tensors in the same order.
@Command(
        name = "checksum",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        synopsisSubcommandLabel = "(add | remove)",
        description = {"Give files checksums, for verify, or take them away: in place, or with -o in a copy."},
        footer = {
            "",
            "Examples:",
            "  stsw checksum add model.safetensors",
            "  stsw checksum add model-folder/",
            "  stsw checksum remove model.safetensors -o plain.safetensors"
        })
final class ChecksumCommand implements CommandGroup {
    private final RootCommand root;

    ChecksumCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public List<Callable<Integer>> commands() {
        return List.of(new Add(root), new Remove(root));
    }

    @Override
    public String names() {
        return "stsw checksum add, or stsw checksum remove";
    }

    /// Writes the checksums of files that have none.
    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            versionProvider = RootCommand.VersionLine.class,
            description = {
                "Write a CRC-32 of the header and of each tensor into files that have none, for verify.",
                "Each file is replaced when all of it has been written, or with -o left alone."
            },
            footer = {
                "",
                "Examples:",
                "  stsw checksum add model.safetensors",
                "  stsw checksum add model-folder/ --json",
                "  stsw checksum add model.safetensors -o checked.safetensors"
            })
    static final class Add extends ChecksumEdit {
        Add(RootCommand root) {
            super(root, "checksum add", true);
        }
    }

    /// Takes them away.
    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            versionProvider = RootCommand.VersionLine.class,
            description = {
                "Take away the checksums of files, after checking them.",
                "Each file is replaced when all of it has been written, or with -o left alone."
            },
            footer = {
                "",
                "Examples:",
                "  stsw checksum remove model.safetensors",
                "  stsw checksum remove model.safetensors -o plain.safetensors",
                "  stsw checksum remove stale.safetensors --no-verify"
            })
    static final class Remove extends ChecksumEdit {
        Remove(RootCommand root) {
            super(root, "checksum remove", false);
        }
    }
}
