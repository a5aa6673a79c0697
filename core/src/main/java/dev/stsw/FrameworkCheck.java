package dev.stsw;

import java.nio.file.Path;

/// What an integration adds to `stsw selftest`: whether tensors get to its framework and back on this machine. Found by
/// [java.util.ServiceLoader] on the class path, where `STSW_CLASSPATH` puts more jars.
///
/// A check must be loadable where the framework is not there: it touches the framework's classes in
/// [#run(Path)] alone.
public interface FrameworkCheck {
    /// The framework's name, such as `DJL`.
    String framework();

    /// Whether the framework itself is on the class path.
    boolean present();

    /// Hands tensors over and takes them back, and compares every bit. Any exception means that it does not work.
    ///
    /// @param folder for files, empty or with those of other checks; it is removed afterwards
    /// @return what was found, such as versions and devices, in a few words
    String run(Path folder) throws Exception;
}
