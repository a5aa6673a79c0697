package dev.stsw.cli;

import dev.stsw.cli.WholeModel.Place;
import dev.stsw.format.TensorMeta;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The page that `view` writes: one that is the same for all models, with the model's data in it.
final class ViewPage {
    private static final String DATA = "<script type=\"application/json\" id=\"data\">";

    /// What stands there for a model.
    private static final String PLACEHOLDER = "{}";

    private final Path named;
    private final WholeModel model;
    private final Map<String, TensorStatistics> values;

    /// @param values of all tensors, or none
    ViewPage(Path named, WholeModel model, Map<String, TensorStatistics> values) {
        this.named = named;
        this.model = model;
        this.values = values;
    }

    void writeTo(OutputStream out) throws IOException {
        byte[] page;
        try (InputStream resource = ViewPage.class.getResourceAsStream("view.html")) {
            page = Objects.requireNonNull(resource).readAllBytes();
        }
        int start = new String(page, StandardCharsets.ISO_8859_1).indexOf(DATA) + DATA.length();
        out.write(page, 0, start);
        Output data = new Output(new Harmless(out));
        Json.line(data, this::write);
        data.flush();
        int rest = start + PLACEHOLDER.length();
        out.write(page, rest, page.length - rest);
    }

    /// No text in it can end the element that it is in.
    private static final class Harmless extends FilterOutputStream {
        private static final byte[] LESS = "\\u003c".getBytes(StandardCharsets.US_ASCII);

        Harmless(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            if (b == '<') {
                out.write(LESS);
            } else {
                out.write(b);
            }
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            for (int i = from; i < from + count; i++) {
                write(bytes[i]);
            }
        }
    }

    private void write(Json object) {
        Map<TensorFile, Integer> files = new LinkedHashMap<>();
        model.tensors().values().forEach(place -> files.putIfAbsent(place.file(), files.size()));
        List<TensorMeta> metas = new ArrayList<>();
        model.tensors().values().forEach(place -> metas.add(Listing.unplaced(place.tensor())));
        PackedWeights packed = PackedWeights.of(metas);
        Path name = named.getFileName();
        object.name("title").string(name == null ? named.toString() : name.toString());
        object.name("files").strings(files.keySet().stream().map(model::nameOf).toList());
        object.name("stats").bool(!values.isEmpty());
        object.name("metadata").strings(model.metadata());
        object.name("tensors").array(array -> {
            int i = 0;
            for (Place place : model.tensors().values()) {
                long parameters = packed.parameters(metas.get(i++));
                array.array(tensor -> write(tensor, place, parameters, files.getOrDefault(place.file(), 0)));
            }
        });
    }

    private void write(Json tensor, Place place, long parameters, int file) {
        tensor.string(place.tensor().name());
        tensor.string(place.tensor().dtype().name());
        tensor.numbers(place.tensor().shape().toArray());
        tensor.number(parameters);
        tensor.number(place.tensor().byteSize());
        tensor.number(file);
        TensorStatistics known = values.get(place.tensor().name());
        if (known != null) {
            tensor.object(object -> {
                known.writeValues(object);
                known.writeHistogram(object);
            });
        }
    }
}
