package dev.stsw.cli;

import dev.stsw.publish.AtomicFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Makes a page of a model to look at in a browser.
@Command(
        name = "view",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Write one HTML page about a model: a map of its modules by size, its types, and a table of its",
            "tensors to search and sort. It needs no network, and nothing beside it."
        },
        footer = {
            "",
            "Examples:",
            "  stsw view model.safetensors -o report.html",
            "  stsw view model-folder/ -o report.html --stats"
        })
final class ViewCommand implements Callable<Integer> {
    private static final int USUAL_BINS = 32;

    private final RootCommand root;
    private final Terminal terminal;

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description =
                    "A file of any kind that convert reads, a folder, an index of shards, or - for standard input.")
    private Path file = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            required = true,
            description = "The page to write, OUT.html; - for standard output.")
    private Path out = Path.of("");

    @Option(names = "--stats", description = "Read all values, and show what they are like, with histograms.")
    private boolean stats;

    @Option(names = "--json", description = "Print what was done as one JSON object.")
    private boolean json;

    ViewCommand(RootCommand root) {
        this.root = root;
        this.terminal = root.terminal();
    }

    @Override
    public Integer call() {
        boolean toStdout = out.toString().equals("-");
        String name = out.toString().toLowerCase(Locale.ROOT);
        if (!toStdout && !name.endsWith(".html") && !name.endsWith(".htm")) {
            throw new WrongUsage("OUT is a web page, and '" + out + "' does not end in .html");
        }
        try (WholeModel model = WholeModel.open(file)) {
            Map<String, TensorStatistics> values = stats ? values(model) : Map.of();
            ViewPage page = new ViewPage(file, model, values);
            if (toStdout) {
                write(page, terminal.out().bytes());
            } else {
                write(page);
                tell(model, Files.size(out));
            }
            return ExitCode.GOOD;
        } catch (IOException e) {
            return root.report(Problem.of(file.toString(), e), e, json);
        }
    }

    private void tell(WholeModel model, long size) {
        long nbytes = model.tensors().values().stream()
                .mapToLong(place -> place.tensor().byteSize())
                .sum();
        if (json) {
            Json.line(terminal.out(), object -> {
                object.name("file").string(file.toString());
                object.name("output").string(out.toString());
                object.name("size").number(size);
                object.name("tensors").number(model.tensors().size());
                object.name("nbytes").number(nbytes);
            });
            return;
        }
        terminal.out()
                .line("wrote " + Escapes.printable(out.toString()) + ": " + Units.bytes(size) + " about "
                        + Units.count(model.tensors().size(), "tensor") + ", " + Units.bytes(nbytes));
        Note.print(model.notes(), root.verbose(), terminal.out());
    }

    private Map<String, TensorStatistics> values(WholeModel model) throws IOException {
        Map<String, TensorStatistics> values = new HashMap<>();
        List<TensorFile> files = new ArrayList<>();
        model.tensors().values().stream().map(WholeModel.Place::file).distinct().forEach(files::add);
        for (TensorFile one : files) {
            try (ProgressBar bar = ProgressBar.on(terminal, file.toString())) {
                // A pipe comes once, and histograms take a second look.
                for (TensorStatistics tensor : TensorStatistics.of(one, one.comesOnce() ? 0 : USUAL_BINS, bar)) {
                    values.put(tensor.tensor().name(), tensor);
                }
            }
        }
        return values;
    }

    /// The page appears whole, or not at all.
    private void write(ViewPage page) throws IOException {
        new Destination(out).requireFile();
        try (AtomicFile attempt = AtomicFile.create(out, FileChannel::open)) {
            write(page, attempt.channel());
            attempt.publish();
        }
    }

    private static void write(ViewPage page, WritableByteChannel to) throws IOException {
        OutputStream bytes = new BufferedOutputStream(Channels.newOutputStream(to));
        page.writeTo(bytes);
        bytes.flush();
    }
}
