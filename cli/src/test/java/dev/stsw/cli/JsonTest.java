package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {

    private static String line(Json.Members members) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Output out = new Output(bytes);
        Json.line(out, members);
        out.flush();
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void anObjectIsOneLine() {
        assertThat(line(object -> object.name("a")
                        .number(-1)
                        .name("b")
                        .bool(true)
                        .name("c")
                        .numbers(1, Long.MAX_VALUE)
                        .name("d")
                        .array(array ->
                                array.object(o -> o.name("e").string("f")).object(o -> {}))
                        .name("g")
                        .strings(List.of("h", "i"))
                        .name("j")
                        .strings(Map.of("k", "l"))))
                .isEqualTo("{\"a\":-1,\"b\":true,\"c\":[1,9223372036854775807],\"d\":[{\"e\":\"f\"},{}],"
                        + "\"g\":[\"h\",\"i\"],\"j\":{\"k\":\"l\"}}\n");
    }

    @Test
    void anEmptyArrayHasNothingInIt() {
        assertThat(line(object -> object.name("a").numbers().name("b").strings(Map.of())))
                .isEqualTo("{\"a\":[],\"b\":{}}\n");
    }

    @Test
    void everyStringIsOneLineOfUtf8() {
        assertThat(line(object -> object.name("\"\\\n").string("ü€𝛼\u0000\u001f\u007f\ud800/")))
                .isEqualTo("{\"\\\"\\\\\\u000a\":\"ü€𝛼\\u0000\\u001f\\u007f\\ud800/\"}\n");
    }

    @Test
    void whatATerminalWouldObeyIsEscapedAsInTables() {
        String text = "a\u0085\u009b\u2028\u2029\u202e\u2066\u200e\ufeffz";
        assertThat(line(object -> object.name("a").string(text)))
                .isEqualTo("{\"a\":\"a\\u0085\\u009b\\u2028\\u2029\\u202e\\u2066\\u200e\\ufeffz\"}\n");
        assertThat(Escapes.printable(text)).isEqualTo("a\\u0085\\u009b\\u2028\\u2029\\u202e\\u2066\\u200e\\ufeffz");
    }
}
