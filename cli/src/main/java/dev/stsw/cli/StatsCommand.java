package dev.stsw.cli;

import dev.stsw.cli.Table.Column;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Histogram;
import dev.stsw.stream.Statistics;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Says what the values of tensors are like.
@Command(
        name = "stats",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Print smallest, largest, mean, standard deviation (population) and L2 norm of each tensor's",
            "finite values, and how many are zero, NaN or infinite."
        },
        footer = {
            "",
            "Examples:",
            "  stsw stats model.safetensors",
            "  stsw stats --check model-folder/         exit code 1 if there is a NaN or an infinite value",
            "  stsw stats --json --histogram 20 a.safetensors b.safetensors"
        })
final class StatsCommand extends EachFile {
    private static final String NON_FINITE = "nonfinite";
    private static final String ZEROS = "zeros";
    private static final int MOST_BINS = 10_000;
    private static final String BARS = " ▁▂▃▄▅▆▇█";

    @Option(
            names = "--histogram",
            paramLabel = "N",
            description =
                    "Count values in N bins of equal width between the smallest and the largest, too; reads twice.")
    private int bins;

    @Option(
            names = "--check",
            arity = "0..1",
            fallbackValue = NON_FINITE,
            preprocessor = Attached.class,
            paramLabel = ZEROS,
            description = "Exit with 1 if a value is NaN or infinite; with =zeros, also if a tensor is all zeros.")
    private Optional<String> check = Optional.empty();

    StatsCommand(RootCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        if (bins < 0 || bins > MOST_BINS) {
            throw new WrongUsage("--histogram takes 1 to " + MOST_BINS + " bins");
        }
        if (check.isPresent() && !check.get().equals(NON_FINITE) && !check.get().equals(ZEROS)) {
            throw new WrongUsage("--check takes nothing, or =zeros");
        }
        return super.call();
    }

    @Override
    Finding look(Path file) throws IOException {
        return look(file, TensorFile.open(file));
    }

    @Override
    Finding look(Path file, Pipe pipe) throws IOException {
        return look(file, TensorFile.open(pipe));
    }

    @Override
    Finding look(Path file, ArchiveMember member) throws IOException {
        return look(file, TensorFile.open(member));
    }

    private Finding look(Path file, TensorFile opened) throws IOException {
        try (opened;
                ProgressBar bar = bar(file.toString())) {
            if (bins > 0 && opened.comesOnce()) {
                throw new FileSystemException(
                        file.toString(), null, "--histogram reads twice, which a pipe does not allow");
            }
            return new Found(
                    file, TensorStatistics.of(opened, bins, bar), opened.input().notes());
        }
    }

    /// What a file's tensors are like.
    private final class Found implements Finding {
        private final Path file;
        private final List<TensorStatistics> tensors;
        private final List<Note> notes;

        Found(Path file, List<TensorStatistics> tensors, List<Note> notes) {
            this.file = file;
            this.tensors = tensors;
            this.notes = notes;
        }

        @Override
        public int exitCode() {
            return complaints().isEmpty() ? ExitCode.GOOD : ExitCode.BAD;
        }

        private List<String> complaints() {
            List<String> complaints = new ArrayList<>();
            if (check.isPresent()) {
                tensors.forEach(tensor -> complaint(tensor).ifPresent(complaints::add));
            }
            return complaints;
        }

        private Optional<String> complaint(TensorStatistics tensor) {
            long nan = tensor.values().nan();
            long inf = tensor.values().inf();
            String name = "tensor " + TensorSpec.quote(tensor.tensor().name());
            if (nan + inf > 0) {
                String count = Units.grouped(tensor.values().count());
                return Optional.of(name + " has " + Units.grouped(nan) + " NaN and " + Units.grouped(inf)
                        + " infinite values of " + count);
            }
            return check.equals(Optional.of(ZEROS)) && tensor.isAllZeros()
                    ? Optional.of(name + " is all zeros")
                    : Optional.empty();
        }

        @Override
        public List<String> diagnoses() {
            return complaints().stream()
                    .map(complaint -> file + ": " + complaint)
                    .toList();
        }

        private long nan() {
            return tensors.stream().mapToLong(tensor -> tensor.values().nan()).sum();
        }

        private long inf() {
            return tensors.stream().mapToLong(tensor -> tensor.values().inf()).sum();
        }

        @Override
        public void print() {
            title(file);
            if (!tensors.isEmpty()) {
                terminal.out().append('\n');
                new Table<>(terminal, columns()).print(tensors);
            }
            String values = Units.count(
                    tensors.stream()
                            .mapToLong(tensor -> tensor.values().count())
                            .sum(),
                    "value");
            terminal.out()
                    .append('\n')
                    .line(Units.count(tensors.size(), "tensor") + ", " + values + ", " + Units.grouped(nan()) + " NaN, "
                            + Units.grouped(inf()) + " infinite");
            Note.print(notes, verbose(), terminal.out());
        }

        @Override
        public void writeTo(Json object) {
            object.name("file").string(file.toString());
            object.name("tensors")
                    .array(array -> tensors.forEach(tensor -> array.object(member -> {
                        tensor.writeTo(member);
                        if (bins > 0) {
                            tensor.writeHistogram(member);
                        }
                    })));
            object.name("nan").number(nan());
            object.name("inf").number(inf());
        }

        @Override
        public List<TensorMeta> tensors() {
            return tensors.stream()
                    .map(tensor -> Listing.unplaced(tensor.tensor()))
                    .toList();
        }

        @Override
        public List<Note> notes() {
            return notes;
        }
    }

    private List<Column<TensorStatistics>> columns() {
        List<Column<TensorStatistics>> columns = new ArrayList<>(List.of(
                new Column<>(
                        "NAME", false, one -> Escapes.printable(one.tensor().name())),
                new Column<>("DTYPE", false, one -> one.tensor().dtype().name()),
                new Column<>("SHAPE", false, one -> one.tensor().shape().toString()),
                number("MIN", Statistics::min),
                number("MAX", Statistics::max),
                number("MEAN", Statistics::mean),
                number("STD", Statistics::std),
                number("L2", Statistics::l2),
                new Column<>("ZEROS", true, one -> Units.grouped(one.values().zeros())),
                new Column<>("NAN", true, one -> Units.grouped(one.values().nan())),
                new Column<>("INF", true, one -> Units.grouped(one.values().inf()))));
        if (bins > 0) {
            columns.add(new Column<>(
                    "HISTOGRAM",
                    false,
                    one -> one.histogram().map(StatsCommand::bars).orElse("-")));
        }
        return columns;
    }

    private static Column<TensorStatistics> number(String title, Function<Statistics, OptionalDouble> figure) {
        return new Column<>(title, true, one -> Units.number(figure.apply(one.values())));
    }

    /// A bar a bin, of eighths of the fullest one's height; none only where there is no value.
    private static String bars(Histogram histogram) {
        long most = LongStream.of(histogram.counts()).max().orElse(1);
        StringBuilder bars = new StringBuilder("|");
        for (long count : histogram.counts()) {
            int eighths = count == 0 ? 0 : 1 + (int) (7.0 * count / most);
            bars.append(BARS.charAt(eighths));
        }
        return bars.append('|').toString();
    }
}
