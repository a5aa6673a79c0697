package dev.stsw.cli;

import dev.stsw.format.Shape;
import dev.stsw.format.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/// The SHA-256 of what a model holds, whatever the order of its tensors, the number of its files, metadata and padding.
///
/// It is that of one line a tensor, in the order of the names' UTF-8 bytes: the SHA-256 of the tensor's bytes, dtype,
/// dimensions with commas, and the name with its length in bytes, without which a name could pretend to be two lines.
///
/// ```
/// e3b0…b855 F32 2,3 5:h.0.w
/// ```
final class ContentHash {
    private final Map<byte[], String> lines = new TreeMap<>(Arrays::compareUnsigned);

    void add(TensorSpec tensor, String sha256) {
        byte[] name = tensor.name().getBytes(StandardCharsets.UTF_8);
        lines.put(name, sha256 + ' ' + tensor.dtype() + ' ' + dimensions(tensor.shape()) + ' ' + name.length + ':');
    }

    private static String dimensions(Shape shape) {
        StringJoiner text = new StringJoiner(",");
        for (int i = 0; i < shape.rank(); i++) {
            text.add(Long.toString(shape.dimension(i)));
        }
        return text.toString();
    }

    String hex() {
        MessageDigest digest = Sha256.digest();
        lines.forEach((name, start) -> {
            digest.update(start.getBytes(StandardCharsets.US_ASCII));
            digest.update(name);
            digest.update((byte) '\n');
        });
        return Sha256.hex(digest);
    }
}
