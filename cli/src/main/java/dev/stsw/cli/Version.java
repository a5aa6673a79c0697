package dev.stsw.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/// What this program is: its version, the commit that it was built from, and how it came onto the machine.
///
/// @param number the version
/// @param commit the commit, or empty
record Version(String number, String commit) {

    /// The one that was built into the jar.
    static Version current() {
        Properties built = new Properties();
        try (InputStream file = Version.class.getResourceAsStream("build.properties")) {
            if (file != null) {
                built.load(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // part of the jar that this class came from
        }
        return new Version(built.getProperty("version", "development"), built.getProperty("commit", ""));
    }

    /// What `--version` prints.
    static String line() {
        Version version = current();
        String commit = version.commit.isEmpty() ? "" : "commit " + version.commit + ", ";
        return "stsw " + version.number + " (" + commit + "Java " + Runtime.version() + ", " + installedBy() + ")";
    }

    /// Each launcher says what it is; without one, the jar was started by itself.
    static String installedBy() {
        return System.getProperty("stsw.installed", "jar");
    }
}
