package dev.stsw.cli;

import dev.stsw.cli.ModelComparison.Pair;
import dev.stsw.cli.Table.Column;
import dev.stsw.cli.Terminal.Style;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Comparison;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Says whether two models are the same, and if not, how far they are apart.
@Command(
        name = "diff",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Compare two models: names, dtypes, shapes, values and metadata. Exit code 1 if they differ.",
            "Each is a file of any kind that convert reads, a folder, or an index of shards."
        },
        footer = {
            "",
            "Examples:",
            "  stsw diff before.safetensors after.safetensors",
            "  stsw diff pytorch_model.bin model-folder/ --rtol 1e-3 --atol 1e-5",
            "  stsw diff --structure-only --json a.safetensors b.safetensors"
        })
final class DiffCommand implements Callable<Integer> {
    private static final int SHOWN_NAMES = 20;

    private final RootCommand root;
    private final Terminal terminal;

    @Parameters(index = "0", paramLabel = "A", description = "What is compared with. - for standard input.")
    private Path a = Path.of("");

    @Parameters(index = "1", paramLabel = "B", description = "What may have changed: measures are of B - A.")
    private Path b = Path.of("");

    @Option(
            names = "--rtol",
            paramLabel = "X",
            description = "Tolerate |B - A| up to this share of |A|, beside --atol (default: 0).")
    private double rtol;

    @Option(names = "--atol", paramLabel = "X", description = "Tolerate |B - A| up to this (default: 0).")
    private double atol;

    @Option(names = "--structure-only", description = "Compare names, dtypes, shapes and metadata, and read no tensor.")
    private boolean structureOnly;

    @Option(names = "--json", description = "Print one JSON object, in one line.")
    private boolean json;

    DiffCommand(RootCommand root) {
        this.root = root;
        this.terminal = root.terminal();
    }

    @Override
    public Integer call() {
        if (!(rtol >= 0 && atol >= 0)) {
            throw new WrongUsage("--rtol and --atol take numbers from 0 up");
        }
        if (a.toString().equals("-") && b.toString().equals("-")) {
            throw new WrongUsage("A and B cannot both be standard input");
        }
        Path named = a;
        try (WholeModel first = WholeModel.open(a)) {
            named = b;
            try (WholeModel second = WholeModel.open(b)) {
                ModelComparison comparison = new ModelComparison(first, second, rtol, atol);
                if (!structureOnly) {
                    try (ProgressBar bar = root.bar(a + " and " + b)) {
                        comparison.compareValues(bar);
                    }
                }
                return tell(
                        comparison, new MetadataDifference(first.metadata(), second.metadata()), notes(first, second));
            }
        } catch (IOException e) {
            Problem problem = Problem.of(named.toString(), e);
            if (json) {
                Json.line(terminal.out(), object -> {
                    object.name("a").string(a.toString()).name("b").string(b.toString());
                    object.name("error").string(problem.message());
                });
            }
            return root.report(problem, e);
        }
    }

    private static List<Note> notes(WholeModel first, WholeModel second) {
        List<Note> notes = new ArrayList<>(first.notes());
        notes.addAll(second.notes());
        return notes;
    }

    private int tell(ModelComparison comparison, MetadataDifference metadata, List<Note> notes) {
        boolean equal = comparison.equal();
        if (json) {
            Json.line(terminal.out(), object -> write(object, comparison, metadata, equal));
        } else {
            print(comparison, metadata, equal);
            Note.print(notes, root.verbose(), terminal.out());
        }
        return equal ? ExitCode.GOOD : ExitCode.BAD;
    }

    private void write(Json object, ModelComparison comparison, MetadataDifference metadata, boolean equal) {
        object.name("a").string(a.toString()).name("b").string(b.toString());
        object.name("equal").bool(equal);
        object.name("only_a").strings(comparison.onlyInA());
        object.name("only_b").strings(comparison.onlyInB());
        object.name("differs")
                .array(array -> different(comparison)
                        .forEach(pair -> array.object(member -> {
                            member.name("name").string(pair.a().name());
                            member.name("reason").string(reason(pair));
                            member.name("a").object(side -> write(side, pair.a()));
                            member.name("b").object(side -> write(side, pair.b()));
                            writeMeasures(member, pair);
                        })));
        object.name("close")
                .array(array -> close(comparison)
                        .forEach(pair -> array.object(member -> {
                            member.name("name").string(pair.a().name());
                            writeMeasures(member, pair);
                        })));
        object.name("same").number(same(comparison));
        object.name("metadata").object(metadata::writeTo);
    }

    private static List<Pair> different(ModelComparison comparison) {
        return comparison.pairs().stream().filter(pair -> !pair.close()).toList();
    }

    private static List<Pair> close(ModelComparison comparison) {
        return comparison.pairs().stream()
                .filter(pair -> pair.close() && !pair.same())
                .toList();
    }

    private static long same(ModelComparison comparison) {
        return comparison.pairs().stream().filter(Pair::same).count();
    }

    private static String reason(Pair pair) {
        return !pair.sameType() ? "dtype" : !pair.sameShape() ? "shape" : "values";
    }

    private static void write(Json side, TensorSpec tensor) {
        side.name("dtype").string(tensor.dtype().name());
        side.name("shape").numbers(tensor.shape().toArray());
    }

    private static void writeMeasures(Json object, Pair pair) {
        if (pair.measures().isEmpty()) {
            return;
        }
        Comparison measures = pair.measures().get();
        object.name("max_abs").number(measures.maxAbs());
        object.name("mean_abs").number(measures.meanAbs());
        object.name("l2").number(measures.l2());
        object.name("rel_l2").number(measures.relL2());
        object.name("cosine").number(measures.cosine());
        object.name("nan").number(measures.nan());
        object.name("inf").number(measures.inf());
    }

    private void print(ModelComparison comparison, MetadataDifference metadata, boolean equal) {
        printNames("only in " + a, comparison.onlyInA());
        printNames("only in " + b, comparison.onlyInB());
        List<Pair> different = different(comparison);
        List<Pair> close = close(comparison);
        List<Pair> others = new ArrayList<>(different);
        others.addAll(close);
        if (!others.isEmpty()) {
            new Table<>(terminal, columns()).print(others);
            terminal.out().append('\n');
        }
        metadata.print(terminal);
        String verdict = terminal.styled(
                equal ? Style.GREEN : Style.RED, equal ? structureOnly ? "same structure" : "equal" : "different");
        terminal.out()
                .line(verdict + " (" + Units.count(same(comparison), "tensor") + " the same, "
                        + Units.grouped(close.size()) + " close, " + Units.grouped(different.size())
                        + " different, " + Units.grouped(comparison.onlyInA().size()) + " only in A, "
                        + Units.grouped(comparison.onlyInB().size()) + " only in B"
                        + (structureOnly ? "; values not read)" : ")"));
    }

    private void printNames(String title, List<String> names) {
        int shown = root.verbose() ? names.size() : Math.min(SHOWN_NAMES, names.size());
        names.subList(0, shown).forEach(name -> terminal.out().line(Escapes.printable(title + ": " + name)));
        if (shown < names.size()) {
            terminal.out().line(title + ": " + Units.grouped(names.size() - shown) + " more (--verbose lists them)");
        }
        if (shown > 0) {
            terminal.out().append('\n');
        }
    }

    private static List<Column<Pair>> columns() {
        return List.of(
                new Column<>("NAME", false, pair -> Escapes.printable(pair.a().name())),
                new Column<>("IS", false, pair -> pair.close() ? "close" : reason(pair)),
                new Column<>("A", false, pair -> shown(pair.a(), pair)),
                new Column<>("B", false, pair -> shown(pair.b(), pair)),
                measure("MAX ABS", Comparison::maxAbs),
                measure("MEAN ABS", Comparison::meanAbs),
                measure("L2", Comparison::l2),
                measure("REL L2", Comparison::relL2),
                measure("COSINE", Comparison::cosine),
                new Column<>("NAN", true, pair -> counted(pair, Comparison::nan)),
                new Column<>("INF", true, pair -> counted(pair, Comparison::inf)));
    }

    private static String shown(TensorSpec tensor, Pair pair) {
        return pair.sameShape() ? tensor.dtype().name() : tensor.dtype() + " " + tensor.shape();
    }

    private static Column<Pair> measure(String title, Function<Comparison, OptionalDouble> measure) {
        return new Column<>(
                title, true, pair -> Units.number(pair.measures().map(measure).orElse(OptionalDouble.empty())));
    }

    private static String counted(Pair pair, Function<Comparison, Long> count) {
        return pair.measures().map(count).map(Units::grouped).orElse("-");
    }

    /// Entries of metadata that are not the same. Checksums are none of them.
    ///
    /// @param a the one's
    /// @param b the other's
    private record MetadataDifference(Map<String, String> a, Map<String, String> b) {
        private List<String> only(Map<String, String> one, Map<String, String> other) {
            return one.keySet().stream().filter(key -> !other.containsKey(key)).toList();
        }

        private List<String> differing() {
            TreeSet<String> keys = new TreeSet<>(a.keySet());
            keys.retainAll(b.keySet());
            keys.removeIf(key -> Objects.equals(a.get(key), b.get(key)));
            return List.copyOf(keys);
        }

        void writeTo(Json object) {
            object.name("only_a")
                    .object(side -> only(a, b).forEach(key -> side.name(key).string(a.getOrDefault(key, ""))));
            object.name("only_b")
                    .object(side -> only(b, a).forEach(key -> side.name(key).string(b.getOrDefault(key, ""))));
            object.name("differs")
                    .object(entries -> differing()
                            .forEach(key -> entries.name(key)
                                    .object(sides -> sides.name("a")
                                            .string(a.getOrDefault(key, ""))
                                            .name("b")
                                            .string(b.getOrDefault(key, "")))));
        }

        void print(Terminal terminal) {
            List<String> lines = new ArrayList<>();
            only(a, b).forEach(key -> lines.add("metadata only in A: " + key + ": " + a.get(key)));
            only(b, a).forEach(key -> lines.add("metadata only in B: " + key + ": " + b.get(key)));
            differing()
                    .forEach(key -> lines.add("metadata differs: " + key + ": " + a.get(key) + " and " + b.get(key)));
            lines.forEach(line -> terminal.out().line(Escapes.printable(line)));
            if (!lines.isEmpty()) {
                terminal.out().append('\n');
            }
        }
    }
}
