package dev.stsw.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// Low-rank adapters: into the model that they were trained for, and what they are.
@Command(
        name = "lora",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        synopsisSubcommandLabel = "(merge | info)",
        description = {"Add a LoRA to the model that it was trained for, or show what it is."},
        footer = {"", "Examples:", "  stsw lora info adapter/", "  stsw lora merge base/ adapter/ -o merged.safetensors"
        })
final class LoraCommand implements CommandGroup {
    private final RootCommand root;

    LoraCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public List<Callable<Integer>> commands() {
        return List.of(new LoraMergeCommand(root), new LoraInfoCommand(root));
    }

    @Override
    public String names() {
        return "stsw lora merge, or stsw lora info";
    }
}
