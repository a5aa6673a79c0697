package dev.stsw.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/// A command that [Shortcut] can give its options and files to. What it refuses is left to picocli.
interface PlainCommand extends Callable<Integer> {
    /// Sets an option that takes no value; false if it is not one of the plain ones, or is set already.
    boolean takeFlag(String name);

    /// Sets the files; false if there are too few or too many.
    boolean takeFiles(List<Path> named);

    @Override
    Integer call();
}
