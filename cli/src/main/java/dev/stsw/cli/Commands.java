package dev.stsw.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;

/// The commands, a line each, in the order in which help lists them.
final class Commands {
    /// What makes each. They are made when they are needed, because a class that is loaded costs start-up time.
    private final Map<String, Function<RootCommand, Callable<Integer>>> makers = new LinkedHashMap<>();

    Commands() {
        makers.put("inspect", InspectCommand::new);
        makers.put("verify", VerifyCommand::new);
        makers.put("hash", HashCommand::new);
        makers.put("stats", StatsCommand::new);
        makers.put("diff", DiffCommand::new);
        makers.put("view", ViewCommand::new);
        makers.put("convert", ConvertCommand::new);
        makers.put("cast", CastCommand::new);
        makers.put("rename", RenameCommand::new);
        makers.put("merge", MergeCommand::new);
        makers.put("split", SplitCommand::new);
        makers.put("lora", LoraCommand::new);
        makers.put("extract", ExtractCommand::new);
        makers.put("meta", MetaCommand::new);
        makers.put("checksum", ChecksumCommand::new);
        makers.put("selftest", SelftestCommand::new);
        makers.put("completion", CompletionCommand::new);
    }

    Iterable<String> names() {
        return makers.keySet();
    }

    /// The command of that name, as picocli takes it.
    Callable<Integer> make(String name, RootCommand root) {
        Function<RootCommand, Callable<Integer>> maker = makers.get(name);
        if (maker == null) {
            throw new IllegalArgumentException("no command " + name);
        }
        return maker.apply(root);
    }
}
