package dev.stsw.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.spark.sql.types.StructField;
import org.junit.jupiter.api.Test;

/** What docs/spark.md names is there. */
class SparkDocumentTest {
    private static String document() throws IOException {
        return Files.readString(Path.of(System.getProperty("stsw.root"), "docs/spark.md"));
    }

    @Test
    void eachApplicationOfTheTableHasAMain() throws Exception {
        List<String> names = Pattern.compile("(?m)^\\| `([A-Z][a-z]+)` \\|")
                .matcher(document())
                .results()
                .map(row -> row.group(1))
                .toList();

        assertThat(names).hasSize(7);
        for (String name : names) {
            assertThat(Class.forName("dev.stsw.spark." + name).getMethod("main", String[].class))
                    .isNotNull();
        }
    }

    @Test
    void eachColumnIsDescribed() throws IOException {
        String document = document();
        for (StructField field : TensorColumns.SCHEMA.fields()) {
            assertThat(document).contains("`" + field.name() + "`");
        }
        for (StructField field : RowColumns.SCHEMA.fields()) {
            assertThat(document).contains("`" + field.name() + "`");
        }
    }

    @Test
    void theVersionsOfTheTableAreThoseOfTheBuild() throws IOException {
        Path module = Path.of(System.getProperty("stsw.root"), "integrations/spark");
        String poms = Files.readString(module.resolve("pom.xml"))
                + Files.readString(module.resolve("on-4.0/pom.xml"))
                + Files.readString(module.resolve("on-4.1/pom.xml"));
        List<String> versions = Pattern.compile("(?m)^\\| 4\\.\\d \\|[^|]*\\| (4\\.\\d\\.\\d)")
                .matcher(document())
                .results()
                .map((MatchResult row) -> row.group(1))
                .toList();

        assertThat(versions).hasSize(3).allSatisfy(version -> assertThat(poms).contains(">" + version + "<"));
    }
}
