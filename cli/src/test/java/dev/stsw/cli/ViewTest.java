package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ViewTest {
    @TempDir
    Path folder;

    @Test
    void thePageHoldsTheModelAndNeedsNothingElse() throws IOException {
        Path out = folder.resolve("r.html");
        Cli.Result result = Cli.run("view", Cli.EXAMPLE, "-o", out, "--json");
        String page = Files.readString(out);
        assertThat(result.out())
                .isEqualTo("{\"file\":" + Cli.json(Cli.EXAMPLE) + ",\"output\":" + Cli.json(out) + ",\"size\":"
                        + Files.size(out) + ",\"tensors\":31,\"nbytes\":72320}\n");
        assertThat(page)
                .contains("\"title\":\"tiny-transformer.pt\",\"files\":[\"" + Cli.EXAMPLE.getFileName())
                .contains("[\"wte.weight\",\"BF16\",[256,32],8192,16384,0]")
                .contains("\"stats\":false")
                .doesNotContainPattern("(src|href)=|url\\(|@import|fetch\\(")
                .contains("Content-Security-Policy\" content=\"default-src 'none'");
        assertThat(page.length() - 6_000).isLessThan(1_000_000);
        assertThat(Cli.files(folder)).containsExactly("r.html");
    }

    @Test
    void withStatsItHasThemAndAHistogram() throws IOException {
        Path out = folder.resolve("r.html");
        Cli.run("view", Cli.EXAMPLE, "--stats", "-o", out);
        assertThat(Files.readString(out))
                .containsPattern("\\[\"h.0.ln_1.bias\",\"F32\",\\[32\\],32,128,0,\\{\"count\":32,\"min\":-0.00\\d*,")
                .containsPattern(
                        "\"histogram\":\\{\"min\":[-\\d.E]+,\"max\":[\\d.E]+,\"counts\":\\[(\\d+,){31}\\d+\\]\\}");
    }

    @Test
    void noNameEndsTheScriptThatItIsIn() throws IOException {
        Path file = Cli.write(
                folder.resolve("m.safetensors"),
                "{\"</script><b>\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
                1);
        Cli.Result result = Cli.run("view", file, "-o", "-");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("[[\"\\u003c/script>\\u003cb>\",").doesNotContain("</script><b>");
    }

    @Test
    void whatIsNoPageOrCannotBeReadIsRefused() throws IOException {
        assertThat(Cli.run("view", Cli.EXAMPLE, "-o", folder.resolve("m.safetensors"))
                        .exitCode())
                .isEqualTo(2);
        assertThat(Cli.run("view", Cli.EXAMPLE).exitCode()).isEqualTo(2);
        Path bad = Cli.write(folder.resolve("bad.safetensors"), "{}", 1);
        Path out = Files.writeString(folder.resolve("r.html"), "old");
        Cli.Result result = Cli.run("view", bad, "-o", out);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(Files.readString(out)).isEqualTo("old");
        assertThat(Cli.files(folder)).containsExactly("bad.safetensors", "r.html");
    }

    /// The page's own script, run by a browser without a screen: it finds, sorts and zooms, and leaves what it saw in
    /// the document, which the browser prints.
    @Test
    void inABrowserItFindsSortsAndZooms() throws Exception {
        Optional<Path> browser = browser();
        if (browser.isEmpty()) {
            System.err.println("SKIPPED: no chromium on the PATH, so nobody has looked at the page of `view`");
        }
        Assumptions.assumeTrue(browser.isPresent());
        Path out = folder.resolve("r.html");
        Cli.run("view", Cli.EXAMPLE, "--stats", "-o", out);
        String script = """
            <script>
            const said = {};
            const rows = () => [...document.querySelectorAll('#body tr[tabindex]')].map(r => r.firstChild.textContent);
            const type = text => { $('search').value = text; $('search').oninput(); };
            type('h.1. BIAS'); said.found = $('found').textContent;
            type(''); [...headRow.children].find(th => th.textContent.startsWith('Size')).firstChild.click();
            said.first = rows()[0];
            const tile = document.querySelector('.tile[data-path="h"]') ?? document.querySelector('.tile.module');
            said.tile = tile.dataset.path; tile.click();
            said.zoomed = $('found').textContent; said.crumbs = $('crumbs').textContent;
            document.querySelector('#body tr[tabindex]').click();
            said.detail = $('detail').querySelector('svg') !== null;
            document.body.append(Object.assign(document.createElement('p'), { id: 'said', textContent: JSON.stringify(said) }));
            </script>
            """;
        Files.writeString(out, Files.readString(out).replace("</body>", script + "</body>"));
        Process process = new ProcessBuilder(
                        browser.get().toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--virtual-time-budget=5000",
                        "--dump-dom",
                        out.toUri().toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String dom = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(dom)
                .contains("\"found\":\"6 of 31, 832 B\"")
                .contains("\"first\":\"wte.weight\"")
                .contains("\"tile\":\"h\"")
                .contains("\"zoomed\":\"26 of 31, 53.4 kB\"")
                .contains("\"crumbs\":\"all›h 53.4 kB, 26 tensors\"")
                .contains("\"detail\":true");
    }

    private static Optional<Path> browser() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .flatMap(place -> List.of("chromium", "chromium-browser", "google-chrome").stream()
                        .map(name -> Path.of(place, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
