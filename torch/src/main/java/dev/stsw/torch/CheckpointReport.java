package dev.stsw.torch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What became of everything in the file that is not simply a tensor given out under its own name. Immutable; its lists
 * and maps are in the order of the file.
 */
public final class CheckpointReport {
    private final String container;
    private final String key;
    private final List<String> alternatives;
    private final String toolPrefix;
    private final List<Omission> skipped;
    private final List<Omission> dropped;
    private final Map<String, String> shared;
    private final Map<String, String> renamed;
    private final Map<String, String> widened;
    private final Set<String> unknownGlobals;
    private final List<String> warnings;

    /** Takes copies, and may be filled on. */
    static final class Builder {
        String container = "";
        String key = "";
        final List<String> alternatives = new ArrayList<>();
        String toolPrefix = "";
        final List<Omission> skipped = new ArrayList<>();
        final List<Omission> dropped = new ArrayList<>();
        final Map<String, String> shared = new LinkedHashMap<>();
        final Map<String, String> renamed = new LinkedHashMap<>();
        final Map<String, String> widened = new LinkedHashMap<>();
        final SortedSet<String> unknownGlobals = new TreeSet<>();
        final List<String> warnings = new ArrayList<>();

        CheckpointReport build() {
            return new CheckpointReport(this);
        }
    }

    private CheckpointReport(Builder builder) {
        container = builder.container;
        key = builder.key;
        alternatives = List.copyOf(builder.alternatives);
        toolPrefix = builder.toolPrefix;
        skipped = List.copyOf(builder.skipped);
        dropped = List.copyOf(builder.dropped);
        // Not Map.copyOf, whose order changes from run to run.
        shared = Collections.unmodifiableMap(new LinkedHashMap<>(builder.shared));
        renamed = Collections.unmodifiableMap(new LinkedHashMap<>(builder.renamed));
        widened = Collections.unmodifiableMap(new LinkedHashMap<>(builder.widened));
        unknownGlobals = Collections.unmodifiableSortedSet(new TreeSet<>(builder.unknownGlobals));
        warnings = List.copyOf(builder.warnings);
    }

    /**
     * Something that was left out.
     *
     * @param path dotted path from the root of the file
     * @param reason what it is, or why it was left out
     */
    public record Omission(String path, String reason) {}

    /** How the file is built: {@code zip}, {@code torchscript}, {@code legacy}, {@code tar}, {@code pickle}, {@code npy} or {@code npz}. */
    public String container() {
        return container;
    }

    /** Dotted path to the part that was read; empty for the whole file. */
    public String key() {
        return key;
    }

    /** Dotted paths to other parts that hold tensors and could have been meant, where the key was not given. */
    public List<String> alternatives() {
        return alternatives;
    }

    /**
     * What all names begin with because of the tool that wrapped the model, such as {@code module.} of DataParallel; empty
     * if they do not. It is kept unless {@link CheckpointOptions#withStripPrefix} removes it.
     */
    public String toolPrefix() {
        return toolPrefix;
    }

    /** What lies under the key and is no tensor. */
    public List<Omission> skipped() {
        return skipped;
    }

    /** What lies beside the key, and tensors that the filter held back. */
    public List<Omission> dropped() {
        return dropped;
    }

    /** Names that were removed, each with the name that was kept for the same tensor. */
    public Map<String, String> shared() {
        return shared;
    }

    /** Names from which the prefix was stripped, each with the new name. */
    public Map<String, String> renamed() {
        return renamed;
    }

    /** Tensors that are given out in another form, each with what it was and is; see {@link CheckpointOptions#withWiden}. */
    public Map<String, String> widened() {
        return widened;
    }

    /** Classes and functions outside of torch's allow-list that the file names, as {@code module.name}, sorted. */
    public Set<String> unknownGlobals() {
        return unknownGlobals;
    }

    /** Other things that a person should know, one sentence each. */
    public List<String> warnings() {
        return warnings;
    }
}
