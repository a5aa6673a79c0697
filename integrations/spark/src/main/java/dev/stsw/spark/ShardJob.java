package dev.stsw.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One file to be written: which tensors, in which order, from which files. */
final class ShardJob implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Model model;
    private final String target;
    /** In the order in which they are written. */
    private final ArrayList<String> tensors;
    /** Null for none. */
    private final @Nullable LinkedHashMap<String, String> metadata;

    ShardJob(Model model, String target, List<String> tensors, Optional<Map<String, String>> metadata) {
        this.model = model;
        this.target = target;
        this.tensors = new ArrayList<>(tensors);
        this.metadata = metadata.map(LinkedHashMap::new).orElse(null);
    }

    Model model() {
        return model;
    }

    /** Path with scheme. */
    String target() {
        return target;
    }

    List<String> tensors() {
        return tensors;
    }

    Optional<Map<String, String>> metadata() {
        return Optional.ofNullable(metadata);
    }
}
