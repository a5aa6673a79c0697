package dev.stsw.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a header byte for byte as the reference does (serde_json's compact form), checksum entry and padding added. */
final class HeaderWriter {
    private final int[] positions;
    /** Position of the digits of the checksum entry; −1 without one. */
    private int checksumsAt = -1;

    private byte[] bytes = new byte[1024];
    private int length = Header.PREFIX_BYTES;
    private int written;
    private long dataSize;

    /** Writes prefix, JSON and padding of these tensors. */
    HeaderWriter(List<TensorSpec> tensors, @Nullable Map<String, String> metadata, int alignment, boolean checksums) {
        positions = new int[tensors.size()];
        char separator = '{';
        if (metadata != null || checksums) {
            ascii("{\"__metadata__\":{");
            metadata(metadata == null ? Map.of() : metadata, checksums ? tensors.size() : -1);
            ascii("}");
            separator = ',';
        }
        for (TensorSpec tensor : tensors) {
            ascii(separator);
            positions[written++] = length;
            tensor(tensor);
            separator = ',';
        }
        ascii(separator == '{' ? "{}" : "}");
        pad(alignment);
    }

    /** Bytes of all tensors. */
    long dataSize() {
        return dataSize;
    }

    /** The names of the tensors, to be indexed. */
    NameTable names() {
        NameTable names = new NameTable(bytes);
        for (int position : positions) {
            names.add(position);
        }
        return names;
    }

    byte[] bytes() {
        return bytes;
    }

    int checksumsAt() {
        return checksumsAt;
    }

    private void metadata(Map<String, String> metadata, int tensorsWithChecksums) {
        String separator = "";
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            ascii(separator);
            string(entry.getKey());
            ascii(":");
            string(entry.getValue());
            separator = ",";
        }
        if (tensorsWithChecksums >= 0) {
            ascii(separator);
            string(Checksums.KEY);
            ascii(":\"");
            checksumsAt = length;
            for (int i = 0; i < tensorsWithChecksums; i++) {
                ascii("00000000 ");
            }
            ascii("00000000\"");
        }
    }

    private void tensor(TensorSpec tensor) {
        string(tensor.name());
        ascii(":{\"dtype\":\"");
        ascii(tensor.dtype().name());
        ascii("\",\"shape\":[");
        for (int i = 0; i < tensor.shape().rank(); i++) {
            ascii(i == 0 ? "" : ",");
            decimal(tensor.shape().dimension(i));
        }
        ascii("],\"data_offsets\":[");
        decimal(dataSize);
        ascii(",");
        dataSize = Math.addExact(dataSize, tensor.byteSize());
        decimal(dataSize);
        ascii("]}");
    }

    private void string(String text) {
        ascii("\"");
        int plain = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\') {
                utf8(text.substring(plain, i));
                escape(c);
                plain = i + 1;
            }
        }
        utf8(plain == 0 ? text : text.substring(plain));
        ascii("\"");
    }

    private void escape(char c) {
        switch (c) {
            case '"' -> ascii("\\\"");
            case '\\' -> ascii("\\\\");
            case '\b' -> ascii("\\b");
            case '\f' -> ascii("\\f");
            case '\n' -> ascii("\\n");
            case '\r' -> ascii("\\r");
            case '\t' -> ascii("\\t");
            default -> {
                ascii("\\u00");
                ascii(Character.forDigit(c >> 4, 16));
                ascii(Character.forDigit(c & 15, 16));
            }
        }
    }

    private void utf8(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        reserve(encoded.length);
        System.arraycopy(encoded, 0, bytes, length, encoded.length);
        length += encoded.length;
    }

    private void ascii(String text) {
        reserve(text.length());
        for (int i = 0; i < text.length(); i++) {
            bytes[length++] = (byte) text.charAt(i);
        }
    }

    private void ascii(char c) {
        reserve(1);
        bytes[length++] = (byte) c;
    }

    private void decimal(long value) {
        int digits = 1;
        for (long rest = value; rest > 9; rest /= 10) {
            digits++;
        }
        reserve(digits);
        length += digits;
        long rest = value;
        for (int at = length - 1; digits > 0; at--, digits--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    /** Spaces until the data section begins at a multiple of {@code alignment}, and then the length in front. */
    private void pad(int alignment) {
        long aligned = (long) length + alignment - 1 & -(long) alignment;
        requireWithinLimit(aligned);
        int padded = (int) aligned;
        bytes = Arrays.copyOf(bytes, padded);
        Arrays.fill(bytes, length, padded, (byte) ' ');
        long json = aligned - Header.PREFIX_BYTES;
        for (int i = 0; i < Header.PREFIX_BYTES; i++) {
            bytes[i] = (byte) (json >>> (8 * i));
        }
    }

    private void reserve(int more) {
        if (more > bytes.length - length) {
            requireWithinLimit((long) length + more);
            // As much as all will take if the rest is like what is written.
            long expected = written == 0 ? 0 : (long) length * positions.length / written;
            long capacity = Math.max(length + more + (length >> 1), expected + (expected >> 5));
            bytes = Arrays.copyOf(bytes, (int) Math.min(capacity, Header.PREFIX_BYTES + Header.MAX_JSON_BYTES));
        }
    }

    private static void requireWithinLimit(long total) {
        if (total - Header.PREFIX_BYTES > Header.MAX_JSON_BYTES) {
            throw new IllegalArgumentException("the header would be longer than " + Header.MAX_JSON_BYTES
                    + " bytes; several files can hold these tensors (--max-shard-size)");
        }
    }
}
