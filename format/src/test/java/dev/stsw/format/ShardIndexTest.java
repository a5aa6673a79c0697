package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardIndexTest {
    private static ShardIndex parse(String json) throws HeaderException {
        return ShardIndex.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatIsWrittenIsReadAgain() throws HeaderException {
        String one = ShardIndex.shardName("model", 1, 2);
        String two = ShardIndex.shardName("model", 2, 2);
        Map<String, String> files = Map.of("b", one, "é\"\\\n", two, "a", two);
        ShardIndex index = new ShardIndex(OptionalLong.of(12), files);
        assertThat(new String(index.toBytes(), StandardCharsets.US_ASCII)).isEqualTo("""
                {
                  "metadata": {
                    "total_size": 12
                  },
                  "weight_map": {
                    "a": "model-00002-of-00002.safetensors",
                    "b": "model-00001-of-00002.safetensors",
                    "\\u00e9\\"\\\\\\n": "model-00002-of-00002.safetensors"
                  }
                }
                """);
        assertThat(ShardIndex.parse(index.toBytes())).isEqualTo(index);
        assertThat(index.shards()).containsExactly(one, two);
    }

    @Test
    void otherEntriesAndOddSizesAreNoHarm() throws HeaderException {
        assertThat(parse("{\"x\":[1,{}],\"metadata\":{\"total_size\":1.5e9,\"y\":null},\"weight_map\":{\"a\":\"f\"}}"))
                .isEqualTo(new ShardIndex(OptionalLong.empty(), Map.of("a", "f")));
        assertThat(parse(" {\"weight_map\":{\"a\":\"f\"},\"metadata\":null}\n").shards())
                .containsExactly("f");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../f",
                "/f",
                "a//f",
                "a/",
                "a/../f",
                "a/./f",
                "a\\\\f",
                "..",
                ".",
                "",
                "C:f",
                "a/C:f",
                "f\\u0000",
                "f\\u007f",
                "f\\n"
            })
    void aShardMustBeAPlainName(String file) {
        assertThatThrownBy(() -> parse("{\"weight_map\":{\"a\":\"" + file + "\"}}"))
                .isInstanceOf(HeaderException.class)
                .hasMessageContaining("plain name");
    }

    @Test
    void aShardMayLieBelowTheIndex() throws HeaderException {
        assertThat(parse("{\"weight_map\":{\"a\":\"d/e f/...x\"}}").shards()).containsExactly("d/e f/...x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "{\"weight_map\":{}}",
                "{\"weight_map\":[]}",
                "{\"weight_map\":{\"a\":1}}",
                "{\"weight_map\":{\"a\":\"f\",\"a\":\"g\"}}",
                "{\"weight_map\":{\"a\":\"f\"},\"weight_map\":{\"a\":\"f\"}}",
                "{\"weight_map\":{\"a\":\"f\"}} x",
                "{\"weight_map\":{\"a\":\"f\",}}"
            })
    void everythingElseIsNoIndex(String json) {
        assertThatThrownBy(() -> parse(json))
                .isInstanceOf(HeaderException.class)
                .hasMessageNotContaining("header");
    }

    @Test
    void anIndexIsRefusedAsItIsRead() {
        assertThatThrownBy(() -> new ShardIndex(OptionalLong.empty(), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("an index without tensors");
        for (String file : List.of("../f", "\ud83d\ude00")) {
            assertThatThrownBy(() -> new ShardIndex(OptionalLong.empty(), Map.of("a", file)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("plain name");
        }
    }

    @Test
    void metadataMayComeOnceOnly() {
        assertThatThrownBy(() -> parse("{\"metadata\":{},\"metadata\":{},\"weight_map\":{\"a\":\"f\"}}"))
                .isInstanceOf(HeaderException.class)
                .hasMessageContaining("metadata");
    }

    @Test
    void aSizeIsOneThatFitsALong() throws HeaderException {
        for (String size : List.of("18446744073709551615", "-1", "\"7\"", "null")) {
            ShardIndex index = parse("{\"metadata\":{\"total_size\":" + size + "},\"weight_map\":{\"a\":\"f\"}}");
            assertThat(index.totalSize()).as(size).isEmpty();
        }
        assertThat(parse("{\"metadata\":{\"total_size\":7,\"x\":8},\"weight_map\":{\"a\":\"f\"}}")
                        .totalSize())
                .hasValue(7);
    }

    @Test
    void controlCharactersInNamesAreEscaped() throws HeaderException {
        ShardIndex index = new ShardIndex(OptionalLong.empty(), Map.of("\u0001\u007f~ \r\t\b\f", "f"));
        assertThat(new String(index.toBytes(), StandardCharsets.US_ASCII))
                .contains("\"\\u0001\\u007f~ \\r\\t\\b\\f\"")
                .contains("\"metadata\": {}");
        assertThat(ShardIndex.parse(index.toBytes())).isEqualTo(index);
    }
}
