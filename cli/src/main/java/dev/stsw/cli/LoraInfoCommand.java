package dev.stsw.cli;

import dev.stsw.cli.Terminal.Style;
import dev.stsw.stream.LoraModule;
import dev.stsw.torch.CheckpointOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows what adapters are.
@Command(
        name = "info",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {"Show rank, alpha, scale, targets and base model of adapters."},
        footer = {"", "Examples:", "  stsw lora info adapter/", "  stsw lora info style.safetensors --json"})
final class LoraInfoCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(
            arity = "1..*",
            paramLabel = "ADAPTER",
            description = "Files of PEFT, kohya's scripts or diffusers, or PEFT's folders.")
    private List<Path> adapters = new ArrayList<>();

    @Option(names = "--json", description = "Print one JSON object a line, one line an adapter.")
    private boolean json;

    LoraInfoCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        int worst = ExitCode.GOOD;
        for (Path adapter : adapters) {
            worst = ExitCode.worse(worst, show(adapter));
        }
        return worst;
    }

    private int show(Path named) {
        Output out = root.terminal().out();
        try (LoraAdapter adapter = LoraAdapter.open(named, CheckpointOptions.defaults(), true, Scratch.usualFolder())) {
            Facts facts = Facts.of(adapter);
            if (json) {
                Json.line(out, object -> write(object, adapter, facts));
            } else {
                print(adapter, facts);
            }
            return ExitCode.GOOD;
        } catch (IOException | IllegalArgumentException e) {
            return root.report(Problem.of(named.toString(), e), e, json);
        }
    }

    /// What is counted over all modules.
    ///
    /// @param ranks with the number of modules of each, and so on
    /// @param targets last parts of the modules' names
    /// @param problem why it cannot be merged
    private record Facts(
            String kind,
            Optional<String> base,
            Map<Double, Integer> ranks,
            Map<Double, Integer> alphas,
            Map<Double, Integer> scales,
            Map<String, Integer> targets,
            Map<String, Integer> dtypes,
            long parameters,
            Optional<String> problem) {

        static Facts of(LoraAdapter adapter) throws IOException {
            Map<Double, Integer> ranks = new TreeMap<>();
            Map<Double, Integer> alphas = new TreeMap<>();
            Map<Double, Integer> scales = new TreeMap<>();
            Map<String, Integer> targets = new TreeMap<>();
            Map<String, Integer> dtypes = new TreeMap<>();
            long parameters = 0;
            for (LoraModule module : adapter.lora().modules()) {
                count(ranks, (double) module.rank());
                OptionalDouble alpha =
                        adapter.lora().alpha(module, adapter.input().source());
                if (alpha.isPresent()) {
                    count(alphas, alpha.getAsDouble());
                }
                count(scales, adapter.lora().scale(module, adapter.input().source()));
                count(targets, target(module.name()));
                count(dtypes, module.a().dtype().name());
                parameters += module.parameters();
            }
            return new Facts(
                    kind(adapter),
                    base(adapter),
                    ranks,
                    alphas,
                    scales,
                    targets,
                    dtypes,
                    parameters,
                    adapter.lora().problem());
        }

        private static <T> void count(Map<T, Integer> counts, T value) {
            counts.merge(value, 1, Integer::sum);
        }

        /// Underscores divide the names of kohya's, which no longer say where dots were.
        private static String target(String module) {
            return module.substring(module.lastIndexOf('.') + 1);
        }

        private static String kind(LoraAdapter adapter) {
            if (adapter.lora().isPeft()) {
                return "PEFT";
            }
            boolean kohya = adapter.lora().modules().stream()
                    .anyMatch(module -> module.name().startsWith("lora_"));
            return kohya ? "kohya" : adapter.lora().modules().isEmpty() ? "none" : "diffusers";
        }

        private static Optional<String> base(LoraAdapter adapter) {
            if (adapter.config().get("base_model_name_or_path") instanceof String name) {
                return Optional.of(name);
            }
            Map<String, String> metadata = adapter.input().source().metadata().orElse(Map.of());
            for (String key : List.of("ss_sd_model_name", "ss_base_model_version", "modelspec.architecture")) {
                String value = metadata.get(key);
                if (value != null && !value.equals("None")) {
                    return Optional.of(value);
                }
            }
            return Optional.empty();
        }
    }

    private void print(LoraAdapter adapter, Facts facts) {
        Output out = root.terminal().out();
        String title = adapter.file() + ": LoRA (" + facts.kind + "), "
                + Units.count(adapter.lora().modules().size(), "module") + ", "
                + Units.grouped(facts.parameters) + " parameters, " + Units.bytes(adapter.bytes());
        out.line(root.terminal().styled(Style.BOLD, Escapes.printable(title)));
        facts.base.ifPresent(base -> line("base model", base));
        line("rank", numbers(facts.ranks));
        line("alpha", facts.alphas.isEmpty() ? "not said" : numbers(facts.alphas));
        line("scale", numbers(facts.scales) + (adapter.lora().isRankStabilized() ? " (rank-stabilized)" : ""));
        line("targets", words(facts.targets));
        line("dtype", words(facts.dtypes));
        if (!adapter.lora().whole().isEmpty()) {
            line("whole tensors", adapter.lora().whole().stream().sorted().collect(Collectors.joining(", ")));
        }
        facts.problem.ifPresent(problem -> line("cannot be merged", problem));
    }

    private void line(String name, String value) {
        root.terminal().out().line(Escapes.printable(name + ": " + value));
    }

    private static String numbers(Map<Double, Integer> counts) {
        return counts.entrySet().stream()
                .map(entry -> Units.number(entry.getKey()) + times(counts, entry.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String words(Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + times(counts, entry.getValue()))
                .collect(Collectors.joining(", "));
    }

    /// Where there is only one, it is that of all modules.
    private static String times(Map<?, Integer> counts, int modules) {
        return counts.size() == 1 ? "" : " (" + Units.grouped(modules) + ")";
    }

    private static void write(Json object, LoraAdapter adapter, Facts facts) {
        object.name("file").string(adapter.file().toString()).name("kind").string(facts.kind);
        object.name("base_model");
        if (facts.base.isPresent()) {
            object.string(facts.base.get());
        } else {
            object.none();
        }
        object.name("modules").number(adapter.lora().modules().size());
        object.name("parameters").number(facts.parameters).name("nbytes").number(adapter.bytes());
        object.name("rank_stabilized").bool(adapter.lora().isRankStabilized());
        object.name("ranks")
                .numbers(facts.ranks.keySet().stream()
                        .mapToLong(Double::longValue)
                        .toArray());
        object.name("alphas")
                .array(array -> facts.alphas.keySet().forEach(alpha -> array.number(OptionalDouble.of(alpha))));
        object.name("scales")
                .array(array -> facts.scales.keySet().forEach(scale -> array.number(OptionalDouble.of(scale))));
        object.name("targets").strings(facts.targets.keySet());
        object.name("dtypes").strings(facts.dtypes.keySet());
        object.name("whole").strings(adapter.lora().whole().stream().sorted().toList());
        object.name("mergeable").bool(facts.problem.isEmpty());
        facts.problem.ifPresent(problem -> object.name("problem").string(problem));
        object.name("tensors")
                .array(array -> adapter.lora()
                        .modules()
                        .forEach(module -> array.object(member -> {
                            member.name("name")
                                    .string(module.name())
                                    .name("rank")
                                    .number(module.rank());
                            member.name("a")
                                    .string(module.a().name())
                                    .name("b")
                                    .string(module.b().name());
                        })));
    }
}
