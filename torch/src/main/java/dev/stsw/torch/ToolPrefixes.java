package dev.stsw.torch;

import dev.stsw.torch.Found.Named;
import java.util.List;

/** What wrappers of whole models put in front of all names. */
final class ToolPrefixes {
    /** DataParallel and DDP; torch.compile; Lightning and DeepSpeed; FSDP; activation checkpointing. */
    private static final List<String> KNOWN = List.of(
            "module.",
            "_orig_mod.",
            "_forward_module.",
            "_fsdp_wrapped_module.",
            "_fpw_module.",
            "_checkpoint_wrapped_module.");

    private ToolPrefixes() {}

    /** All that stand in front of every name, as one text; empty if none does. */
    static String of(List<Named> tensors) {
        StringBuilder common = new StringBuilder();
        for (int before = -1; before < common.length() && !tensors.isEmpty(); ) {
            before = common.length();
            for (String prefix : KNOWN) {
                String longer = common + prefix;
                if (tensors.stream().allMatch(tensor -> tensor.name().startsWith(longer))) {
                    common.append(prefix);
                    break;
                }
            }
        }
        return common.toString();
    }
}
