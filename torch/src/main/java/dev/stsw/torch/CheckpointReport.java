package dev.stsw.torch;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What became of everything in the file that is not simply a tensor given out under its own name. Immutable.
 *
 * @param container how the file is built: {@code zip}, {@code torchscript}, {@code legacy} or {@code tar}
 * @param key dotted path to the part that was read; empty for the whole file
 * @param skipped what lies under the key and is no tensor
 * @param dropped what lies beside the key, and tensors that the filter held back
 * @param shared names that were removed, each with the name that was kept for the same tensor
 * @param renamed names from which the prefix was stripped, each with the new name
 * @param unknownGlobals classes and functions outside of torch's allow-list that the file names, as {@code module.name}
 * @param warnings other things that a person should know, one sentence each
 */
public record CheckpointReport(
        String container,
        String key,
        List<Omission> skipped,
        List<Omission> dropped,
        Map<String, String> shared,
        Map<String, String> renamed,
        Set<String> unknownGlobals,
        List<String> warnings) {

    /**
     * Something that was left out.
     *
     * @param path dotted path from the root of the file
     * @param reason what it is, or why it was left out
     */
    public record Omission(String path, String reason) {}
}
