package dev.stsw.cli;

import java.util.List;
import java.util.concurrent.Callable;

/// A command that does nothing itself, but has commands of its own, as `stsw checksum add`.
interface CommandGroup extends Callable<Integer> {
    List<Callable<Integer>> commands();

    /// When none of them was named.
    ///
    /// @throws WrongUsage always
    @Override
    default Integer call() {
        throw new WrongUsage("which one? " + names());
    }

    /// The commands' names, for that sentence.
    String names();
}
