package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Found.Unreadable;
import java.util.List;
import java.util.stream.Collectors;

/** The error that lists all tensors that cannot be given out, and says what to do. */
final class WithoutForm {
    private static final String ENDING = ", for which safetensors has no form";

    private static final int MOST_LISTED = 500;

    private static final int MOST_OPTIONS = 3;

    private WithoutForm() {}

    /** @param tensors at least one */
    static CheckpointException of(List<Unreadable> tensors) {
        Unreadable first = tensors.get(0);
        boolean one = tensors.size() == 1;
        String what = one
                ? "tensor " + Quote.text(first.name()) + " " + first.reason().problem()
                : tensors.size() + " tensors cannot be written: " + list(tensors);
        return new CheckpointException(Kind.UNSUPPORTED, what + "; " + advice(tensors));
    }

    private static String list(List<Unreadable> tensors) {
        String all = tensors.stream()
                .limit(MOST_LISTED)
                .map(tensor -> Quote.text(tensor.name()) + " (" + reason(tensor) + ")")
                .collect(Collectors.joining(", "));
        return all + (tensors.size() > MOST_LISTED ? " and " + (tensors.size() - MOST_LISTED) + " more" : "");
    }

    private static String reason(Unreadable tensor) {
        String problem = tensor.reason().problem();
        return problem.endsWith(ENDING) ? problem.substring(0, problem.length() - ENDING.length()) : problem;
    }

    private static String advice(List<Unreadable> tensors) {
        String exclude = tensors.size() > MOST_OPTIONS
                ? "--exclude GLOB"
                : tensors.stream()
                        .map(tensor -> "--exclude " + Quote.text(tensor.name()))
                        .collect(Collectors.joining(" "));
        String which = tensors.size() == 1 ? "it" : "them";
        long widened = tensors.stream().filter(Unreadable::canWiden).count();
        String widen =
                ", --widen writes " + (widened == tensors.size() ? which : widened + " of them") + " in another form";
        return exclude + " leaves " + which + " out" + (widened == 0 ? "" : widen);
    }
}
