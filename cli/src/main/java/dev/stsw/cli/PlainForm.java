package dev.stsw.cli;

import java.util.List;

/// A plain form of a command: what [Shortcut] takes without picocli. One table of them for both: the options' names
/// are what the commands declare to picocli, and a test compares the two ways for all that the table allows.
///
/// @param command its name
/// @param flags the options without a value that it takes, each once
/// @param fewest how many files it takes at least
/// @param most and at most
record PlainForm(String command, List<String> flags, int fewest, int most) {
    static final String JSON = "--json";
    static final String STRUCTURE_ONLY = "--structure-only";
    static final String CRC32 = "--crc32";

    private static final int MANY = Integer.MAX_VALUE;

    static final List<PlainForm> ALL = List.of(
            new PlainForm("inspect", List.of(JSON), 1, MANY),
            new PlainForm("verify", List.of(JSON, STRUCTURE_ONLY), 1, MANY),
            new PlainForm("convert", List.of(JSON, CRC32), 2, 2));
}
