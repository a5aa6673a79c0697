package dev.stsw.cli;

import dev.stsw.model.DiskFolder;
import dev.stsw.stream.Quantization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the configuration beside a model says of its quantization.
///
/// @param file that says it
/// @param key under which it does, empty for the whole file
/// @param blocks rows and columns that share a scale, if it says that
record QuantizationConfig(Path file, String key, Optional<long[]> blocks) {
    private static final String KEY = "quantization_config";

    /// Looks beside the model's files; an unreadable file is told, because nobody asked for it.
    static Optional<QuantizationConfig> beside(List<Path> files, List<Note> notes) {
        for (Path file : files) {
            Path folder = DiskFolder.around(file);
            for (String name : List.of("config.json", "hf_quant_config.json")) {
                Optional<QuantizationConfig> found = read(folder.resolve(name), notes);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<QuantizationConfig> read(Path file, List<Note> notes) {
        try {
            Optional<Map<String, Object>> json = JsonFile.read(file);
            if (json.isEmpty()) {
                return Optional.empty();
            }
            boolean whole = file.endsWith("hf_quant_config.json");
            Optional<Object> config = whole ? json.map(Object.class::cast) : JsonFile.find(json.get(), KEY);
            return config.map(value -> new QuantizationConfig(file, whole ? "" : KEY, blocks(value)));
        } catch (IOException e) {
            Problem problem = Problem.of(file.toString(), e);
            notes.add(new Note(Note.WARNING, problem.file(), "cannot be read: " + problem.sentence()));
            return Optional.empty();
        }
    }

    private static Optional<long[]> blocks(Object config) {
        return JsonFile.find(config, "weight_block_size")
                .or(() -> JsonFile.find(config, "block_structure"))
                .flatMap(QuantizationConfig::pair);
    }

    /// `[128, 128]`, or `"128x128"`.
    private static Optional<long[]> pair(Object value) {
        String text = value instanceof List<?> list && list.size() == 2
                ? list.get(0) + "x" + list.get(1)
                : String.valueOf(value);
        if (!text.matches("\\d{1,9}(\\.0)?x\\d{1,9}(\\.0)?")) {
            return Optional.empty();
        }
        int x = text.indexOf('x');
        long[] sizes = {
            (long) Double.parseDouble(text.substring(0, x)), (long) Double.parseDouble(text.substring(x + 1))
        };
        return sizes[0] > 0 && sizes[1] > 0 ? Optional.of(sizes) : Optional.empty();
    }

    Quantization applied(Quantization quantization) {
        return blocks.map(sizes -> quantization.withBlocks(sizes[0], sizes[1])).orElse(quantization);
    }

    /// For whoever reads the model with it afterwards.
    void tell(List<Note> notes) {
        notes.add(new Note(
                Note.WARNING,
                file.toString(),
                key.isEmpty()
                        ? "does not belong beside the result, whose weights are not quantized"
                        : "the copy of it beside the result must not have its '" + key
                                + "': the weights are not quantized any more"));
    }
}
