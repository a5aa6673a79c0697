package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonObjectTest {
    private static Map<String, Object> parse(String json) throws HeaderException {
        return JsonObject.parse(json.getBytes(StandardCharsets.UTF_8), "config.json");
    }

    @Test
    void membersBecomeJavasOwnTypesInTheirOrder() throws HeaderException {
        Map<String, Object> members = parse(
                "{ \"b\": [1, -2.5e1, \"t\\u00e9\", [], null], \"a\": {\"x\": true, \"y\": false}, \"n\": null, \"e\": {} }");
        assertThat(members.keySet()).containsExactly("b", "a", "e");
        assertThat(members.get("b")).isEqualTo(List.of(1.0, -25.0, "t\u00e9", List.of()));
        assertThat(members.get("a")).isEqualTo(Map.of("x", true, "y", false));
    }

    @Test
    void ofAKeyThatOccursTwiceTheLastCounts() throws HeaderException {
        assertThat(parse("{\"a\": 1, \"a\": 2}")).isEqualTo(Map.of("a", 2.0));
        assertThat(parse("{\"a\": 1, \"a\": null}")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{\"a\": tru}", "{\"a\": 01}", "{\"a\": 1} x", "{\"a\" 1}", "{\"a\": NaN}"})
    void whatIsNoObjectIsRefused(String json) {
        assertThatThrownBy(() -> parse(json))
                .isInstanceOf(HeaderException.class)
                .hasMessageContaining("config.json at byte");
    }

    @Test
    void depthIsLimited() {
        assertThatThrownBy(() -> parse("{\"a\":" + "[".repeat(100_000)))
                .isInstanceOf(HeaderException.class)
                .hasMessageContaining("at most 127 nested brackets");
    }
}
