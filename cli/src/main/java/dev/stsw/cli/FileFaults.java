package dev.stsw.cli;

import java.io.IOException;
import java.util.List;
import java.util.function.ToIntBiFunction;

/// What is wrong with files of a model, each of which is told with its name.
final class FileFaults extends IOException {
    private static final long serialVersionUID = 1L;

    /// @param file to blame
    /// @param fault its
    record Found(String file, IOException fault) {}

    private final transient List<Found> faults;

    /// @param faults at least one
    FileFaults(List<Found> faults) {
        super(faults.get(0).fault().getMessage(), faults.get(0).fault());
        this.faults = List.copyOf(faults);
    }

    List<Found> faults() {
        return faults;
    }

    /// Reports each of them, and returns the worst exit code.
    int report(ToIntBiFunction<Problem, IOException> report) {
        int worst = ExitCode.GOOD;
        for (Found found : faults) {
            worst = ExitCode.worse(worst, report.applyAsInt(Problem.of(found.file, found.fault), found.fault));
        }
        return worst;
    }
}
