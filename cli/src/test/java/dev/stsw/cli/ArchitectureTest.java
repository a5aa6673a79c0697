package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Names and links in prose rot, unless somebody looks them up.
class ArchitectureTest {
    private static final Pattern OPTION = Pattern.compile("(?m)^ +(--[a-z0-9-]+)");

    @Test
    void itsTypesExist() throws IOException {
        Set<String> types = new HashSet<>();
        for (String module : List.of("format", "stream", "core", "torch", "cli")) {
            try (Stream<Path> files = Files.walk(Cli.ROOT.resolve(module).resolve("src"))) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".java"))
                        .forEach(name -> types.add(name.replace(".java", "")));
            }
        }
        types.add("IOException"); // the JDK's
        assertThat(Document.read("ARCHITECTURE.md").types())
                .hasSizeGreaterThan(20)
                .isSubsetOf(types);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "ARCHITECTURE.md",
                "CONTRIBUTING.md",
                "docs/cli.md",
                "docs/format.md",
                "docs/memory.md",
                "docs/reliability.md",
                "examples/README.md"
            })
    void linksLeadSomewhere(String name) throws IOException {
        assertThat(Document.read(name).links())
                .allSatisfy(file -> assertThat(file).exists());
    }

    @Test
    void everyCommandHasAPageWithItsOptions() throws IOException {
        String overview = Document.read("docs/cli.md").text();
        String convert = Document.read("docs/cli/convert.md").text();
        for (String command : new Commands().names()) {
            Document page = Document.read("docs/cli/" + command + ".md");
            assertThat(overview).contains("(cli/" + command + ".md)");
            assertThat(page.text()).startsWith("# " + command + "\n\n    stsw " + command + " ");
            assertThat(page.links()).allSatisfy(file -> assertThat(file).exists());
            OPTION.matcher(Cli.run(command, "--help").out())
                    .results()
                    .map(option -> option.group(1))
                    .forEach(option -> assertThat(overview + convert + page.text())
                            .as(command)
                            .contains(option));
        }
    }
}
