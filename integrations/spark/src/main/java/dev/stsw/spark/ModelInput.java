package dev.stsw.spark;

import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import dev.stsw.torch.Checkpoint;
import dev.stsw.torch.CheckpointOptions;
import dev.stsw.torch.CheckpointReport;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** The files of a model, opened as one source of tensors. For one thread. */
final class ModelInput implements Closeable {
    private final List<TensorSource> sources = new ArrayList<>();
    private final Map<String, Long> checksums = new HashMap<>();
    private final List<String> notes = new ArrayList<>();

    private ModelInput() {}

    /** Reads headers, or the descriptions of checkpoints. */
    static ModelInput open(Configuration conf, List<FileRange> files) throws IOException {
        ModelInput input = new ModelInput();
        try {
            for (FileRange file : files) {
                input.add(conf, file);
            }
            return input;
        } catch (IOException | RuntimeException e) {
            try {
                input.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private void add(Configuration conf, FileRange file) throws IOException {
        if (file.file().endsWith(Listing.SUFFIX)) {
            TensorFile opened = TensorFile.open(conf, file);
            sources.add(new TensorFileSource(opened));
            for (TensorMeta tensor : opened.header().tensors()) {
                tensor.crc32().ifPresent(crc32 -> checksums.put(tensor.name(), crc32));
            }
            opened.header().checksums().flatMap(sums -> sums.problem()).ifPresent(notes::add);
            return;
        }
        HadoopChannel channel = HadoopChannel.stretches(conf, file.file(), file.size());
        try {
            Checkpoint checkpoint =
                    Checkpoint.open(channel, CheckpointOptions.defaults().withFileName(file.file()));
            sources.add(checkpoint);
            note(checkpoint.report());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Nothing is left out silently. */
    private void note(CheckpointReport report) {
        if (!report.key().isEmpty()) {
            notes.add("taken from '" + report.key() + "'");
        }
        report.dropped().forEach(left -> notes.add("left out: " + left.path() + " (" + left.reason() + ")"));
        report.skipped().forEach(left -> notes.add("left out: " + left.path() + " (" + left.reason() + ")"));
        report.shared().forEach((name, kept) -> notes.add("'" + name + "' is the same tensor as '" + kept + "'"));
        report.unknownGlobals().forEach(name -> notes.add("names the unknown class or function " + name));
        notes.addAll(report.warnings());
    }

    /** All tensors, one file after the other. */
    TensorSource source() {
        return sources.size() == 1 ? sources.get(0) : TensorSources.concat(sources);
    }

    /** The CRC-32s that files carry for these tensors; empty unless there is one for each. */
    Optional<Map<String, Long>> crc32s(List<TensorSpec> tensors) {
        Map<String, Long> known = new HashMap<>();
        for (TensorSpec tensor : tensors) {
            Long crc32 = checksums.get(tensor.name());
            if (crc32 == null) {
                return Optional.empty();
            }
            known.put(tensor.name(), crc32);
        }
        return Optional.of(known);
    }

    /** What a person should know, one sentence each. */
    List<String> notes() {
        return notes;
    }

    @Override
    public void close() throws IOException {
        IOException fault = null;
        for (TensorSource source : sources) {
            try {
                source.close();
            } catch (IOException e) {
                fault = e;
            }
        }
        if (fault != null) {
            throw fault;
        }
    }
}
