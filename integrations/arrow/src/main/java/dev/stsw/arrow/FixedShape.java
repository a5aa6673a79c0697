package dev.stsw.arrow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.apache.arrow.vector.types.pojo.Field;

/// The metadata of Arrow's canonical extension type `arrow.fixed_shape_tensor`, of which the Java library has no class:
/// its name, and the shape of each value as JSON.
final class FixedShape {
    private static final String NAME = "arrow.fixed_shape_tensor";
    private static final ObjectMapper JSON = new ObjectMapper();

    private FixedShape() {}

    static Map<String, String> metadata(List<Long> shape) {
        String dimensions = shape.stream().map(String::valueOf).collect(Collectors.joining(","));
        return Map.of(
                ExtensionType.EXTENSION_METADATA_KEY_NAME,
                NAME,
                ExtensionType.EXTENSION_METADATA_KEY_METADATA,
                "{\"shape\":[" + dimensions + "]}");
    }

    static boolean is(Field field) {
        return NAME.equals(field.getMetadata().get(ExtensionType.EXTENSION_METADATA_KEY_NAME));
    }

    /// The shape of each value.
    ///
    /// @param width numbers in a value
    /// @throws UnsupportedOperationException if the metadata is not that of such a shape in C order
    static long[] shape(Field field, int width) {
        String text = field.getMetadata().getOrDefault(ExtensionType.EXTENSION_METADATA_KEY_METADATA, "");
        try {
            JsonNode json = JSON.readTree(text);
            long[] shape = numbers(json.path("shape"));
            long[] permutation = numbers(json.path("permutation"));
            for (int i = 0; i < permutation.length; i++) {
                if (permutation[i] != i) {
                    throw new UnsupportedOperationException("its dimensions are permuted: " + text);
                }
            }
            if (!json.path("shape").isArray() || count(shape) != width) {
                throw new UnsupportedOperationException(
                        "its metadata " + text + " is not that of lists of " + width + " numbers");
            }
            return shape;
        } catch (JsonProcessingException | ArithmeticException e) {
            throw new UnsupportedOperationException("its metadata is no shape: " + text, e);
        }
    }

    private static long[] numbers(JsonNode list) {
        long[] numbers = new long[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = list.get(i).canConvertToExactIntegral() ? list.get(i).longValue() : -1;
        }
        return numbers;
    }

    private static long count(long[] shape) {
        long count = 1;
        for (long dimension : shape) {
            if (dimension < 0) {
                return -1;
            }
            count = Math.multiplyExact(count, dimension);
        }
        return count;
    }
}
