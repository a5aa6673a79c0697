package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArgumentsTest {
    @TempDir
    Path folder;

    @Test
    void aListIsDecodedWordByWord() {
        assertThat(Arguments.parse("list", "convert %E6%A8%A1%E5%9E%8B.st a%20b%2Bc  %3F"))
                .containsExactly("convert", "模型.st", "a b+c", "", "?");
        assertThat(Arguments.parse("list", null)).isEmpty();
    }

    /// What Microsoft's documentation of `main` gives as examples, and its relatives.
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
            "abc" d e          ; abc|d|e
            a\\\\b d"e f"g h     ; a\\\\b|de fg|h
            a\\\\\\"b c d         ; a\\"b|c|d
            a\\\\\\\\"b c" d e     ; a\\\\b c|d|e
            a"b"" c d          ; ab" c d
            "a ""b"" c"        ; a "b" c
            "" x               ; |x
            "a\\\\" b            ; a\\|b
            C:\\new\\ x          ; C:\\new\\|x
            模型.st  "ä b"     ; 模型.st|ä b
            """)
    void aLineIsSplitAsWindowsProgramsDo(String line, String words) {
        assertThat(WindowsWords.split(line).stream().map(WindowsWords.Word::text))
                .containsExactly(words.split("\\|", -1));
    }

    @Test
    void starsOutsideOfQuotesStandForFiles() throws Exception {
        for (String name : new String[] {"b.pt", "a.pt", "ab.pt", "x.bin"}) {
            Files.createFile(folder.resolve(name));
        }
        String start = folder + "/";
        assertThat(Arguments.parse("line", "inspect " + start + "?.pt \"" + start + "*.pt\" --include=*.pt no*ne"))
                .containsExactly("inspect", start + "a.pt", start + "b.pt", start + "*.pt", "--include=*.pt", "no*ne");
    }

    @Test
    void anUnknownFormIsRefused() {
        assertThatThrownBy(() -> Arguments.parse("words", "x")).hasMessageContaining("not list or line");
    }
}
