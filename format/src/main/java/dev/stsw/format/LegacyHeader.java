package dev.stsw.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The header of a file that the reference rejects but whose tensors are all there, such as those of the Python original
 * (stsw 1.0.0).
 *
 * <p>Beyond {@link Header} it allows the keys {@code __version__} and {@code __incomplete__} beside the tensors, a {@code
 * crc32} number in a tensor's entry, metadata of any JSON value (kept as its text), bytes that belong to no tensor, a
 * header above the format's limit, and,
 * with {@code __version__}, stale bytes behind the JSON's closing brace. Everything else is as strict.
 *
 * @param tensors in the order of the header's entries; their {@code crc32} is CRC-32 or XXH32 (seed 0), nobody wrote down
 *     which
 * @param metadata the entries of {@code __metadata__}; what is no string, as its JSON text
 * @param versioned whether there is a {@code __version__}, the Python original's mark
 * @param incomplete whether the writer had not finished
 * @param dataStart bytes from the start of the file to the data section
 * @param unusedBytes bytes of the data section that belong to no tensor
 */
public record LegacyHeader(
        List<TensorMeta> tensors,
        Map<String, String> metadata,
        boolean versioned,
        boolean incomplete,
        long dataStart,
        long unusedBytes) {
    /** The longest JSON that is read here: a file with more than the format allows can be split into sound ones. */
    public static final int MAX_JSON_BYTES = Integer.MAX_VALUE - 64;

    static final String VERSION = "__version__";
    static final String INCOMPLETE = "__incomplete__";

    /** Makes the collections unmodifiable. */
    public LegacyHeader {
        tensors = Collections.unmodifiableList(tensors);
        metadata = Collections.unmodifiableMap(metadata);
    }

    /**
     * Reads the length of the JSON from a file's first bytes, as {@link Header#jsonLength} does, but for up to {@link
     * #MAX_JSON_BYTES}.
     *
     * @throws HeaderException if no header of that length can be there
     */
    public static int jsonLength(ByteBuffer start, long fileSize) throws HeaderException {
        return Header.jsonLength(start, fileSize, MAX_JSON_BYTES);
    }

    /**
     * Reads and checks the header at a channel's position, as {@link Header#read(ReadableByteChannel, long)} does.
     *
     * @throws HeaderException if tensors share bytes, are not within the file, or the JSON is none
     */
    public static LegacyHeader read(ReadableByteChannel channel, long fileSize) throws IOException {
        return wrap(HeaderBytes.read(channel, fileSize, MAX_JSON_BYTES), fileSize);
    }

    /**
     * Reads and checks a header; {@link #jsonLength} tells how long it is. Copies the bytes.
     *
     * @param bytes the prefix and the JSON, exactly; consumed
     * @param fileSize bytes in the whole file
     * @throws HeaderException if tensors share bytes, are not within the file, or the JSON is none
     */
    public static LegacyHeader parse(ByteBuffer bytes, long fileSize) throws HeaderException {
        return wrap(Header.copy(bytes), fileSize);
    }

    /**
     * The same without a copy.
     *
     * @param header the prefix and the JSON, exactly. Kept, and read again whenever a tensor is asked for: it must not
     *     change any more
     */
    public static LegacyHeader wrap(byte[] header, long fileSize) throws HeaderException {
        Header.requireWhole(header, fileSize, MAX_JSON_BYTES);
        HeaderParser parsed = HeaderParser.parse(header, true);
        Entries entries = new Entries(header, parsed.names(), true, null);
        long unused = Layout.checkWithHoles(parsed, entries, fileSize - header.length);
        Map<String, String> metadata = parsed.metadata();
        return new LegacyHeader(
                entries,
                metadata == null ? Map.of() : metadata,
                parsed.versioned(),
                parsed.incomplete(),
                header.length,
                unused);
    }
}
