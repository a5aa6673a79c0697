package dev.stsw.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a header byte for byte as the reference does (serde_json's compact form), checksum entry and padding added. */
final class HeaderWriter {
    /** Position of the digits of the checksum entry; −1 without one. */
    private int checksumsAt = -1;

    private byte[] bytes = new byte[1024];
    private int length = Header.PREFIX_BYTES;

    /** Writes prefix, JSON and padding of these tensors. */
    HeaderWriter(List<TensorMeta> tensors, @Nullable Map<String, String> metadata, int alignment, boolean checksums) {
        char separator = '{';
        if (metadata != null || checksums) {
            ascii("{\"__metadata__\":{");
            metadata(metadata == null ? Map.of() : metadata, checksums ? tensors.size() : -1);
            ascii("}");
            separator = ',';
        }
        for (TensorMeta tensor : tensors) {
            ascii(separator);
            tensor(tensor);
            separator = ',';
        }
        ascii(separator == '{' ? "{}" : "}");
        pad(alignment);
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

    private void tensor(TensorMeta tensor) {
        string(tensor.name());
        ascii(":{\"dtype\":\"");
        ascii(tensor.dtype().name());
        ascii("\",\"shape\":[");
        for (int i = 0; i < tensor.shape().rank(); i++) {
            ascii(i == 0 ? "" : ",");
            ascii(Long.toString(tensor.shape().dimension(i)));
        }
        ascii("],\"data_offsets\":[");
        ascii(Long.toString(tensor.offsetBegin()));
        ascii(",");
        ascii(Long.toString(tensor.offsetEnd()));
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
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
        }
    }

    private static void requireWithinLimit(long total) {
        if (total - Header.PREFIX_BYTES > Header.MAX_JSON_BYTES) {
            throw new IllegalArgumentException("the header would be longer than " + Header.MAX_JSON_BYTES + " bytes");
        }
    }
}
