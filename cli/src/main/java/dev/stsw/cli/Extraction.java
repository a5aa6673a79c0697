package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.ForwardingSource;
import dev.stsw.stream.TensorSources;
import dev.stsw.torch.CheckpointOptions;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Some tensors of an input, or parts of them.
///
/// @param name the input
/// @param wanted names, each with a slice behind it or without: `wte.weight[0:10, :, -1]`
/// @param filter which tensors are wanted beside those
record Extraction(Path name, List<String> wanted, NameFilter filter) implements Flow.Source {
    @Override
    public List<Path> named() {
        return List.of(name);
    }

    @Override
    public Input open(CheckpointOptions options, boolean verify, Path folder) throws IOException {
        Input input = Input.open(name, options, verify, folder);
        Pieces pieces = new Pieces(input, folder);
        try {
            return pieces.taken();
        } catch (IOException | RuntimeException e) {
            Closing.after(e, pieces);
            throw e;
        }
    }

    /// What is open while tensors are taken.
    private final class Pieces implements Closeable {
        private final Input input;
        private final Path folder;
        private final Map<String, TensorSpec> there = new LinkedHashMap<>();
        private final Map<String, CutTensor> cuts = new LinkedHashMap<>();
        private final Set<String> names = new HashSet<>();
        private Optional<Scratch> scratch = Optional.empty();

        Pieces(Input input, Path folder) {
            this.input = input;
            this.folder = folder;
            input.source().tensors().forEach(tensor -> there.put(tensor.name(), tensor));
        }

        Input taken() throws IOException {
            for (String word : wanted) {
                take(word);
            }
            if (filter.isGiven()) {
                there.keySet().stream().filter(filter::wanted).forEach(names::add);
            }
            List<Note> notes = new ArrayList<>(input.notes());
            filter.tellUnmatched(notes);
            if (names.isEmpty()) {
                throw new WrongUsage("no tensor passes --include and --exclude");
            }
            TensorSource chosen = TensorSources.inReferenceOrder(new Cut(TiedNames.selected(
                    input.source(),
                    TensorSources.select(input.source(), names::contains),
                    names::contains,
                    new ArrayList<>())));
            TensorSource whole = input.toTheEnd(chosen);
            return new Input(input.kind(), input.isReadOnce() ? new SeveralInputs.ReadOnce(whole) : whole, notes, this);
        }

        /// A name that holds brackets is still a name.
        private void take(String word) throws IOException {
            if (there.containsKey(word)) {
                names.add(word);
                return;
            }
            int open = word.endsWith("]") ? word.lastIndexOf('[') : -1;
            while (open > 0 && !there.containsKey(word.substring(0, open))) {
                open = word.lastIndexOf('[', open - 1);
            }
            if (open <= 0) {
                String tensor =
                        word.endsWith("]") && word.indexOf('[') > 0 ? word.substring(0, word.indexOf('[')) : word;
                throw new WrongUsage("no tensor " + TensorSpec.quote(tensor)
                        + Suggestion.of(tensor, there.keySet())
                                .map(near -> ", perhaps " + TensorSpec.quote(near))
                                .orElse(""));
            }
            String tensor = word.substring(0, open);
            if (!names.add(tensor)) {
                throw new WrongUsage(TensorSpec.quote(tensor) + " was named twice");
            }
            cuts.put(tensor, new CutTensor(tensor, word.substring(open + 1, word.length() - 1), place(tensor)));
        }

        private CutTensor.Place place(String tensor) throws IOException {
            List<Path> files = Input.files(name);
            if (files.size() == 1 && input.kind().equals("safetensors")) {
                return CutTensor.in(files.get(0), tensor);
            }
            if (scratch.isEmpty()) {
                scratch = Optional.of(Scratch.in(folder));
            }
            try (ReadableByteChannel bytes = input.source().open(tensor)) {
                long begin = scratch.get().append(bytes);
                return CutTensor.in(scratch.get().channel(), begin, Objects.requireNonNull(there.get(tensor)));
            }
        }

        @Override
        public void close() throws IOException {
            List<Closeable> all = new ArrayList<>(List.of(input));
            scratch.ifPresent(all::add);
            Closing.all(all);
        }

        /// The same tensors, some of them cut.
        private final class Cut extends ForwardingSource {
            private final List<TensorSpec> tensors;

            Cut(TensorSource source) {
                super(source);
                tensors = source.tensors().stream()
                        .map(tensor -> cuts.containsKey(tensor.name())
                                ? cuts.get(tensor.name()).spec()
                                : tensor)
                        .toList();
            }

            @Override
            public List<TensorSpec> tensors() {
                return tensors;
            }

            @Override
            public ReadableByteChannel open(String tensor) throws IOException {
                CutTensor cut = cuts.get(tensor);
                return cut == null ? super.open(tensor) : cut.open();
            }

            @Override
            public boolean concurrent() {
                return cuts.isEmpty() && super.concurrent();
            }
        }
    }
}
