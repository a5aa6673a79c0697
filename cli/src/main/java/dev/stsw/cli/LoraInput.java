package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.stream.CastCounts;
import dev.stsw.torch.CheckpointOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// A model with an adapter in it, as one input.
final class LoraInput implements Flow.Source {
    private final Path base;
    private final Path adapter;
    private final double strength;
    /// Of several workers.
    private final Map<String, CastCounts> counts = new ConcurrentHashMap<>();

    LoraInput(Path base, Path adapter, double strength) {
        this.base = base;
        this.adapter = adapter;
        this.strength = strength;
    }

    @Override
    public Path name() {
        return base;
    }

    @Override
    public List<Path> named() {
        return List.of(base, adapter);
    }

    @Override
    public Input open(CheckpointOptions options, boolean verify, Path folder) throws IOException {
        if (Pipe.is(base) || Pipe.is(adapter)) {
            throw new WrongUsage("BASE and ADAPTER must be files: both are read at the same time");
        }
        Input model = Input.open(base, options, verify, folder);
        try {
            LoraAdapter lora = LoraAdapter.open(adapter, options, verify, folder);
            try {
                return merged(model, lora);
            } catch (IOException | RuntimeException e) {
                lora.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private Input merged(Input model, LoraAdapter adapter) throws IOException {
        List<Note> notes = new ArrayList<>(model.notes());
        notes.addAll(adapter.input().notes());
        TensorSource source = adapter.merged(
                model.source(), strength, told -> counts.put(told.tensor().name(), told), notes);
        return new Input(model.kind() + " with LoRA", source, notes, model.resource()).closingToo(adapter);
    }

    /// What sums were too large or too small for, when all has been written.
    List<Note> losses() {
        List<Note> notes = new ArrayList<>();
        new TreeMap<>(counts).forEach((name, told) -> {
            add(notes, Note.OVERFLOW, name, told.infinite(), "became infinite");
            add(notes, Note.OVERFLOW, name, told.saturated(), "became the largest of " + told.target());
            add(notes, Note.OVERFLOW, name, told.nan(), "became NaN");
            add(notes, Note.UNDERFLOW, name, told.zero(), "became zero");
        });
        return notes;
    }

    private static void add(List<Note> notes, String kind, String name, long count, String words) {
        if (count > 0) {
            notes.add(new Note(kind, name, Units.count(count, "sum") + " " + words));
        }
    }
}
