package dev.stsw.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a file is, told by its first bytes: the formats that hold tensors, and what people take for them. Its name says
 * nothing. For any thread.
 */
public enum FileFormat {
    /** The length of a header, and its brace. */
    SAFETENSORS("a safetensors file"),
    /** No byte at all. */
    EMPTY("empty"),
    /** What Git keeps in place of a large file. */
    GIT_LFS_POINTER("a Git-LFS pointer and not the file itself; fetch it with 'git lfs pull'"),
    /** A page for browsers. */
    HTML("an HTML page; a download went wrong"),
    /** Any other markup, such as a storage server's error. */
    XML("an XML page; a download went wrong"),
    /** An object or an array of JSON: an index of shards, a configuration, a server's error. */
    JSON("JSON text and no model"),
    /** Any other text. */
    TEXT("text and no model"),
    /** Nothing but zero bytes at its beginning. */
    ZEROS("nothing but zeros at its beginning: a download or copy that was not finished"),
    /** A zip archive, which a checkpoint of PyTorch and an {@code .npz} are, too. */
    ZIP("a zip archive (a PyTorch checkpoint?)", "PK\3\4"),
    /** A zip archive without members. */
    EMPTY_ZIP("an empty zip archive", "PK\5\6"),
    /** A tar archive, which the oldest checkpoints of PyTorch are. */
    TAR("a tar archive", 257, "ustar"),
    /**
     * A Python pickle: with its protocol in front, 2 to 5, or of the protocols 0 and 1 if it begins as a file does that holds
     * tensors: with torch's magic number, or with a dict, list or object that is remembered as number 0 or, by Python 2, 1.
     */
    PICKLE(
            "a Python pickle (an old PyTorch checkpoint?)",
            "\u0080\2",
            "\u0080\3",
            "\u0080\4",
            "\u0080\5",
            "L119547037146038801333356L\n.",
            "(dp0\n",
            "(dp1\n",
            "(lp0\n",
            "(lp1\n",
            "}q\0",
            "}q\1",
            "]q\0",
            "]q\1"),
    /** One array of NumPy. */
    NUMPY("a NumPy file", "\u0093NUMPY"),
    /** gzip. */
    GZIP("a gzip archive", "\37\u008b\b"),
    /** bzip2. */
    BZIP2("a bzip2 archive", "BZh1", "BZh2", "BZh3", "BZh4", "BZh5", "BZh6", "BZh7", "BZh8", "BZh9"),
    /** xz. */
    XZ("an xz archive", "\u00fd7zXZ\0"),
    /** Zstandard, with or without a frame to skip in front. */
    ZSTD("a zstd archive", "(\u00b5/\u00fd", "P*M\30"),
    /** LZ4. */
    LZ4("an lz4 archive", "\4\42M\30"),
    /** lzip. */
    LZIP("an lzip archive", "LZIP\1"),
    /** 7-Zip. */
    SEVEN_ZIP("a 7-Zip archive; unpack it first", "7z\u00bc\u00af'\34"),
    /** RAR. */
    RAR("a RAR archive; unpack it first", "Rar!\32\7"),
    /** A bare stream of zlib, which joblib makes. */
    ZLIB("compressed by zlib (a compressed joblib file?)", "x\1", "x\u009c", "x\u00da"),
    /** llama.cpp's. */
    GGUF("a GGUF file", "GGUF"),
    /** llama.cpp's and whisper.cpp's, before GGUF. */
    GGML("a GGML file, the forerunner of GGUF", "lmgg", "fmgg", "tjgg", "algg"),
    /** HDF5, which Keras writes. */
    HDF5("an HDF5 file (Keras?)", "\u0089HDF"),
    /** ONNX: a message of Protocol Buffers that begins with its version. */
    ONNX("an ONNX model"),
    /** A saved model of TensorFlow, or a frozen graph. */
    TENSORFLOW("a TensorFlow model (.pb)"),
    /** TensorFlow Lite. */
    TFLITE("a TensorFlow Lite model", 4, "TFL3"),
    /** ExecuTorch, and PyTorch's form for phones. */
    MOBILE("a PyTorch model for phones (ExecuTorch, .ptl)", 4, "ET12", "PTMF"),
    /** Apache Parquet. */
    PARQUET("a Parquet file", "PAR1"),
    /** Apache Arrow and Feather. */
    ARROW("an Arrow file", "ARROW1", "FEA1"),
    /** SQLite. */
    SQLITE("an SQLite database", "SQLite format 3\0"),
    /** PDF. */
    PDF("a PDF document", "%PDF-"),
    /** PNG, JPEG, GIF, TIFF. */
    IMAGE("an image", "\u0089PNG", "\u00ff\u00d8\u00ff", "GIF8", "II*\0", "MM\0*"),
    /** WebP, WAV, AVI. */
    RIFF("an image or a recording (RIFF)", "RIFF"),
    /** A program, or a library of one. */
    PROGRAM(
            "a program or a library of one",
            "\u007fELF",
            "MZ\u0090\0",
            "\u00cf\u00fa\u00ed\u00fe",
            "\u00ca\u00fe\u00ba\u00be",
            "\0asm"),
    /** What macOS puts beside a file on disks of others, as {@code ._NAME}. */
    APPLE_DOUBLE("an AppleDouble file, which macOS puts beside the file itself, without '._'", "\0\5\26\7"),
    /** None of these. */
    UNKNOWN(", as no known format does");

    /** So many of a file's first bytes tell; fewer are fine where the file has no more. */
    public static final int LOOK_AT = 512;

    /** So much of a text is shown. */
    private static final int SHOWN = 100;

    private static final int SHOWN_BYTES = 16;
    private static final int LENGTH_BYTES = 8;
    private static final char REPLACEMENT = '\ufffd';
    private static final String MESSAGE = "\b";

    /** A pickle of protocol 0 or 1 that begins with the name of a class. */
    private static final Pattern OBJECT = Pattern.compile("c[A-Za-z_][\\w.]{0,100}\n[A-Za-z_]\\w{0,100}\n[pq()]");

    private final String what;
    private final int offset;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> magic;

    FileFormat(String what, String... magic) {
        this(what, 0, magic);
    }

    FileFormat(String what, int offset, String... magic) {
        this.what = what;
        this.offset = offset;
        this.magic = List.of(magic);
    }

    /**
     * Looks at a file's first bytes.
     *
     * @param start from the buffer's position on, {@link #LOOK_AT} unless the file is shorter; left as it was
     */
    public static FileFormat of(ByteBuffer start) {
        String bytes = latin(start);
        if (bytes.isEmpty()) {
            return EMPTY;
        }
        if (isHeader(bytes)) {
            return SAFETENSORS;
        }
        for (FileFormat format : values()) {
            if (format.magic.stream().anyMatch(known -> bytes.startsWith(known, format.offset))) {
                return format;
            }
        }
        if (OBJECT.matcher(bytes).lookingAt()) {
            return PICKLE;
        }
        if (bytes.length() >= LENGTH_BYTES && bytes.chars().allMatch(c -> c == 0)) {
            return ZEROS;
        }
        return isText(bytes) ? ofText(bytes) : ofMessage(bytes);
    }

    /**
     * A length whose upper half is zero, as that of each header is, and a brace. Its lower half may happen to be any
     * magic number; but no zip has a brace for its compression method, and no pickle goes on with zeros.
     */
    private static boolean isHeader(String bytes) {
        return bytes.length() > LENGTH_BYTES && bytes.startsWith("\0\0\0\0{", LENGTH_BYTES / 2);
    }

    /** No control that texts do not have, and UTF-8 or mostly ASCII: older encodings have no other mark. */
    private static boolean isText(String bytes) {
        if (!bytes.chars().allMatch(c -> c >= ' ' ? c != 0x7f : "\t\n\r\f\33".indexOf(c) >= 0)) {
            return false;
        }
        int fault = utf8(bytes).indexOf(REPLACEMENT);
        boolean wellFormed = fault < 0 || fault >= utf8(bytes).length() - 1; // the last character may be cut
        return wellFormed || bytes.chars().filter(c -> c >= 0x80).count() <= bytes.length() / 4;
    }

    private static String utf8(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private static FileFormat ofText(String bytes) {
        String text = (bytes.startsWith("\u00ef\u00bb\u00bf") ? bytes.substring(3) : bytes)
                .stripLeading()
                .toLowerCase(Locale.ROOT);
        if (text.startsWith("version https://git-lfs")) {
            return GIT_LFS_POINTER;
        }
        if (text.startsWith("<!doctype") || text.startsWith("<html") || text.startsWith("<head")) {
            return HTML;
        }
        if (text.startsWith("<")) {
            return XML;
        }
        return text.startsWith("{") || text.startsWith("[") ? JSON : TEXT;
    }

    /** Protocol Buffers have no magic number: the first fields of the messages that people meet. */
    private static FileFormat ofMessage(String bytes) {
        if (bytes.startsWith(MESSAGE + "\1\22")) {
            return TENSORFLOW; // saved_model_schema_version 1, then meta_graphs
        }
        boolean version =
                bytes.startsWith(MESSAGE) && bytes.length() > 2 && bytes.charAt(1) >= 3 && bytes.charAt(1) < 32;
        if (version && "\22\32\42(2:B".indexOf(bytes.charAt(2)) >= 0) {
            return ONNX; // ir_version, then any other field of ModelProto
        }
        boolean nodes = bytes.startsWith("\n") && (bytes.contains("\22\13Placeholder") || bytes.contains("\22\5Const"));
        return nodes ? TENSORFLOW : UNKNOWN;
    }

    /** The command that unpacks such a file to standard output; empty for what is not packed, or holds several files. */
    public Optional<String> unpacker() {
        return switch (this) {
            case GZIP -> Optional.of("gzip -dc");
            case BZIP2 -> Optional.of("bzip2 -dc");
            case XZ -> Optional.of("xz -dc");
            case ZSTD -> Optional.of("zstd -dc");
            case LZ4 -> Optional.of("lz4 -dc");
            case LZIP -> Optional.of("lzip -dc");
            default -> Optional.empty();
        };
    }

    /**
     * What to say of a file that should be another: {@code this is text and no model; it begins 'Not Found'}. One line,
     * fit for a terminal.
     *
     * @param start its first bytes, as for {@link #of}
     */
    public String describe(ByteBuffer start) {
        String bytes = latin(start);
        return switch (this) {
            case EMPTY -> "the file is empty";
            case HTML, XML, JSON, TEXT -> "this is " + what + "; it begins " + beginning(bytes);
            case ZEROS -> "this is " + what + "; it begins with bytes " + hex(bytes);
            case UNKNOWN -> "it begins with bytes " + hex(bytes) + what;
            default -> "this is " + what;
        };
    }

    private static String beginning(String bytes) {
        String text = utf8(bytes)
                .replace("\ufeff", "") // the mark of byte order
                .replaceAll("\\s+", " ")
                .strip();
        int end = Math.min(SHOWN, text.length());
        return Names.quote(text.substring(0, end)) + (text.length() > end ? "…" : "");
    }

    private static String hex(String bytes) {
        byte[] shown = bytes.substring(0, Math.min(SHOWN_BYTES, bytes.length())).getBytes(StandardCharsets.ISO_8859_1);
        return HexFormat.ofDelimiter(" ").formatHex(shown);
    }

    /** One character each. */
    private static String latin(ByteBuffer start) {
        byte[] bytes = new byte[Math.min(LOOK_AT, start.remaining())];
        start.duplicate().get(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
