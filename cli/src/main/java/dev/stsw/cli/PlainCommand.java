package dev.stsw.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/// A command that has a [PlainForm], so that [Shortcut] can give it its options and files.
interface PlainCommand extends Callable<Integer> {
    /// Sets an option that takes no value, one of its plain form's.
    void setFlag(String name);

    /// Sets the files, as many as its plain form takes.
    void setFiles(List<Path> named);

    @Override
    Integer call();
}
