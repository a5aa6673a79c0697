package dev.stsw.cli;

import dev.stsw.stream.Verification;
import dev.stsw.stream.Verification.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The SHA-256 that a file should have, and where that is known from.
///
/// @param hex 64 lower-case digits
/// @param source ends the sentence "the SHA-256 is …"
record KnownHash(String hex, String source) {
    /// The folder of a hub's cache in which files are called by their hash; a snapshot's names are links to them.
    private static final String BLOBS = "blobs";

    /// As the user gave it.
    static KnownHash given(String hex) {
        return new KnownHash(hex.toLowerCase(Locale.ROOT), "as given");
    }

    /// From the name in a hub's cache, if the file is in one. Small files are called otherwise there, by 40 digits of
    /// git's own hash.
    static Optional<KnownHash> ofCache(Path file) throws IOException {
        Path real = file.toRealPath();
        Path folder = real.getParent();
        if (folder == null || !folder.endsWith(BLOBS)) {
            return Optional.empty();
        }
        return Optional.of(real.getFileName().toString())
                .filter(Sha256::isHex)
                .map(name -> new KnownHash(name, "that of its name in the cache"));
    }

    /// What a file's own checksums proved, and then its hash.
    ///
    /// @param found before
    /// @param tensors how many the file has
    Verification judge(Verification found, String actual, int tensors) {
        if (!actual.equals(hex)) {
            String problem = "SHA-256 expected " + hex + " but was " + actual;
            return new Verification(
                    found.file(), Outcome.DAMAGED, found.checked(), found.failures(), Optional.of(problem));
        }
        return found.outcome() == Outcome.UNPROVEN
                ? new Verification(found.file(), Outcome.INTACT, tensors, List.of(), Optional.empty())
                : found;
    }
}
