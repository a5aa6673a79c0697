package dev.stsw.format;

import dev.stsw.format.HeaderException.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The header of a safetensors file: which tensors there are and where their bytes lie. Immutable, for any thread.
 *
 * <p>A file is 8 bytes of length N (unsigned, little-endian), N bytes of JSON that may end in spaces, and the data
 * section. {@link #parse} checks everything that the reference's {@code SafeTensors::read_metadata} checks, and a little
 * more (see {@code docs/format.md}); {@link #of} lays tensors out anew.
 */
public final class Header {
    /** Bytes of the length that stands before the JSON. */
    public static final int PREFIX_BYTES = 8;

    /** The longest JSON that the reference accepts, in bytes. */
    public static final int MAX_JSON_BYTES = 100_000_000;

    static final String METADATA_KEY = "__metadata__";
    private static final int MIN_ALIGNMENT = 8;
    private static final Comparator<TensorMeta> BY_OFFSET =
            Comparator.comparingLong(TensorMeta::offsetBegin).thenComparingLong(TensorMeta::offsetEnd);

    private final Entries tensors;
    private final List<String> names;
    private final @Nullable Map<String, String> metadata;
    private final int dataStart;
    private final long dataSize;
    private final @Nullable Checksums checksums;
    /** What {@link #of} wrote; null for a parsed header, which nobody needs to write again. */
    private final byte @Nullable [] written;

    private Header(
            Entries tensors,
            @Nullable Map<String, String> metadata,
            int dataStart,
            long dataSize,
            @Nullable Checksums checksums,
            byte @Nullable [] written) {
        this.tensors = tensors;
        this.names = new NameList(tensors.names());
        this.metadata = metadata == null ? null : Collections.unmodifiableMap(metadata);
        this.dataStart = dataStart;
        this.dataSize = dataSize;
        this.checksums = checksums;
        this.written = written;
    }

    /**
     * Reads the length of the JSON from a file's first bytes.
     *
     * @param start the file's first bytes from the buffer's position on, 8 at least unless the file is shorter; with
     *     {@link FileFormat#LOOK_AT}, other kinds of files are recognised and named. The buffer is left as it was.
     * @param fileSize bytes in the whole file
     * @return bytes of JSON after the prefix
     * @throws HeaderException if no header of that length can be there
     */
    public static int jsonLength(ByteBuffer start, long fileSize) throws HeaderException {
        return jsonLength(start, fileSize, MAX_JSON_BYTES);
    }

    /**
     * @param limit the longest JSON that is read
     */
    static int jsonLength(ByteBuffer start, long fileSize, int limit) throws HeaderException {
        int length = plausibleLength(start, fileSize, limit);
        if (length < 0) {
            throw noHeader(start, fileSize, limit);
        }
        return length;
    }

    /** As {@link #jsonLength(ByteBuffer, long, int)}, but negative if no header of that length can be there. */
    static int plausibleLength(ByteBuffer start, long fileSize, int limit) {
        if (fileSize >= PREFIX_BYTES && start.remaining() >= PREFIX_BYTES) {
            long length = length(start);
            if (length > 0 && length <= Math.min(limit, fileSize - PREFIX_BYTES)) {
                return (int) length;
            }
        }
        return -1;
    }

    private static long length(ByteBuffer start) {
        return start.duplicate().order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** Why a file does not begin with the length of a header: only now is it worth knowing what it is instead. */
    static HeaderException noHeader(ByteBuffer start, long fileSize, int limit) {
        FileFormat format = FileFormat.of(start);
        if (fileSize < PREFIX_BYTES || start.remaining() < PREFIX_BYTES) {
            return not(
                    format,
                    start,
                    Fault.TRUNCATED,
                    "expected at least 8 bytes for the header's length but the file has " + fileSize);
        }
        long length = length(start);
        long end = PREFIX_BYTES + length;
        boolean fits = length >= 0 && length <= fileSize - PREFIX_BYTES;
        if (format == FileFormat.SAFETENSORS && !fits) {
            return new HeaderException(
                    null,
                    Fault.TRUNCATED,
                    "header (bytes 8.." + end + "): the file ends at byte " + fileSize
                            + ": it is truncated, and should have more than " + end + " bytes");
        }
        if (format == FileFormat.SAFETENSORS && length > limit) {
            return new HeaderException(
                    null,
                    Fault.TOO_LARGE,
                    "its header has " + length + " bytes, more than the format's limit of " + MAX_JSON_BYTES
                            + "; 'stsw convert --max-shard-size' splits such a file");
        }
        if (fits && length == 0) {
            return not(format, start, Fault.NOT_JSON, "header length (bytes 0..8): expected at least 2 but found 0");
        }
        return not(
                format,
                start,
                length >= 0 && length <= limit ? Fault.TRUNCATED : Fault.TOO_LARGE,
                "header length (bytes 0..8): expected at most " + Math.min(limit, fileSize - PREFIX_BYTES)
                        + " but found " + Long.toUnsignedString(length)
                        + "; damaged, or another format");
    }

    /** What the file is instead, if that is known; otherwise what is wrong with it. */
    private static HeaderException not(FileFormat format, ByteBuffer start, Fault fault, String problem) {
        return switch (format) {
            case SAFETENSORS -> new HeaderException(null, fault, problem);
            case UNKNOWN -> new HeaderException(null, fault, problem + ": " + format.describe(start));
            case EMPTY ->
                new HeaderException(null, Fault.TRUNCATED, "not a safetensors file: " + format.describe(start));
            case GIT_LFS_POINTER -> other(Fault.GIT_LFS_POINTER, format, start);
            case HTML, XML -> other(Fault.HTML_PAGE, format, start);
            default -> other(Fault.OTHER_FORMAT, format, start);
        };
    }

    private static HeaderException other(Fault fault, FileFormat format, ByteBuffer start) {
        return new HeaderException(null, fault, "not a safetensors file: " + format.describe(start));
    }

    /**
     * Reads and checks the header at a channel's position, and not one byte beyond it: the data is next. For files; what
     * comes through a pipe has no size, see {@link #read(ReadableByteChannel)}.
     *
     * @param fileSize bytes in the whole file, which the tensors must cover to its end
     * @throws HeaderException if the reference would reject it, or one of the listed deviations does. Other kinds of files
     *     are recognised and named, for which more is read
     */
    public static Header read(ReadableByteChannel channel, long fileSize) throws IOException {
        return wrap(HeaderBytes.read(channel, fileSize, MAX_JSON_BYTES), fileSize);
    }

    /**
     * The same where nobody knows how long the file is. It follows from the header: the tensors leave no holes. Nothing
     * large is allocated before as many bytes have come.
     */
    public static Header read(ReadableByteChannel channel) throws IOException {
        byte[] bytes = HeaderBytes.read(channel, HeaderBytes.UNKNOWN, MAX_JSON_BYTES);
        long end = 0;
        for (TensorMeta tensor : LegacyHeader.wrap(bytes, HeaderBytes.UNKNOWN).tensors()) {
            end = Math.max(end, tensor.offsetEnd());
        }
        return wrap(bytes, bytes.length + end);
    }

    /**
     * Reads and checks a header. Copies the bytes.
     *
     * @param bytes the prefix and the JSON, exactly; consumed
     * @param fileSize bytes in the whole file, which the tensors must cover to its end
     * @throws HeaderException if the reference would reject it, or one of the listed deviations does
     */
    public static Header parse(ByteBuffer bytes, long fileSize) throws HeaderException {
        return wrap(copy(bytes), fileSize);
    }

    /**
     * The same without a copy, which for a million tensors has 70 MB.
     *
     * @param header the prefix and the JSON, exactly. Kept, and read again whenever a tensor is asked for: it must not
     *     change any more
     */
    public static Header wrap(byte[] header, long fileSize) throws HeaderException {
        requireWhole(header, fileSize, MAX_JSON_BYTES);
        HeaderParser parsed = HeaderParser.parse(header, false);
        NameTable names = parsed.names();
        long dataSize = fileSize - header.length;
        Layout.check(parsed, new Entries(header, names, false, null), dataSize);

        Map<String, String> metadata = parsed.metadata();
        Checksums checksums = null;
        if (metadata != null && metadata.remove(Checksums.KEY) != null) {
            checksums = Checksums.read(header, parsed.checksumsBegin(), parsed.checksumsEnd(), names.size());
            metadata = metadata.isEmpty() ? null : metadata;
        }
        boolean proved = checksums != null && checksums.intact();
        Entries entries = new Entries(header, names, false, proved ? checksums : null);
        return new Header(entries, metadata, header.length, dataSize, checksums, null);
    }

    static byte[] copy(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    /** The array's length must be what its prefix says. */
    static void requireWhole(byte[] header, long fileSize, int limit) throws HeaderException {
        int json = jsonLength(ByteBuffer.wrap(header), fileSize, limit);
        if (json != header.length - PREFIX_BYTES) {
            throw new IllegalArgumentException(
                    "the header has " + json + " bytes of JSON but " + (header.length - PREFIX_BYTES) + " were given");
        }
    }

    /**
     * Lays tensors out, one after the other as declared.
     *
     * @param metadata the entries of {@code __metadata__} in their order; null for no such entry
     * @param alignment the data section begins at a multiple of so many bytes: a power of two, 8 (as the reference
     *     does) at least
     * @param checksums whether to reserve the entry {@link Checksums#KEY}
     * @throws IllegalArgumentException if two names are equal, a metadata key is reserved, a text has a lone surrogate,
     *     or the header would exceed {@link #MAX_JSON_BYTES}
     * @throws ArithmeticException if the data section would exceed 2<sup>63</sup>−1 bytes
     */
    public static Header of(
            List<TensorSpec> tensors, @Nullable Map<String, String> metadata, int alignment, boolean checksums) {
        if (alignment < MIN_ALIGNMENT || Integer.bitCount(alignment) != 1) {
            throw new IllegalArgumentException("alignment must be a power of two from 8 up, not " + alignment);
        }
        Map<String, String> entries = metadata == null ? null : new LinkedHashMap<>(metadata);
        if (entries != null) {
            entries.forEach(Header::requireWritable);
        }
        HeaderWriter writer = new HeaderWriter(tensors, entries, alignment, checksums);
        byte[] header = writer.bytes();
        NameTable names = writer.names();
        int again = names.index();
        if (again >= 0) {
            throw new IllegalArgumentException(
                    "tensor " + Names.quote(tensors.get(again).name()) + " is declared twice");
        }
        Checksums entry = checksums ? Checksums.placeholder(writer.checksumsAt(), tensors.size()) : null;
        Entries laidOut = new Entries(header, names, false, null);
        return new Header(laidOut, entries, header.length, writer.dataSize(), entry, header);
    }

    private static void requireWritable(String key, String value) {
        if (key.equals(Checksums.KEY)) {
            throw new IllegalArgumentException("metadata key '" + Checksums.KEY + "' is reserved for checksums");
        }
        Names.requireUnicode(key, "metadata key");
        Names.requireUnicode(value, "metadata value");
    }

    /** The tensors, in the order of the header's entries, which need not be that of their offsets. */
    public List<TensorMeta> tensors() {
        return tensors;
    }

    /**
     * The tensors in the order of their bytes; empty ones before what begins where they do. Nearly all headers are in this
     * order already: then this is {@link #tensors}, and no object of each tensor is kept.
     */
    public List<TensorMeta> inOrderOfBytes() {
        long end = 0;
        for (TensorMeta tensor : tensors) {
            if (tensor.offsetBegin() < end) {
                return tensors.stream().sorted(BY_OFFSET).toList();
            }
            end = tensor.offsetEnd();
        }
        return tensors;
    }

    /** The tensors' names, in the order of {@link #tensors}; each is made when it is asked for. */
    public List<String> names() {
        return names;
    }

    /** The tensor of that name. */
    public Optional<TensorMeta> find(String name) {
        return Optional.ofNullable(tensors.find(name));
    }

    /**
     * The entries of {@code __metadata__}, without {@link Checksums#KEY}; empty where the header has no such entry, or
     * only that one.
     */
    public Optional<Map<String, String>> metadata() {
        return Optional.ofNullable(metadata);
    }

    /** Bytes from the start of the file to the data section: the prefix and the JSON with its padding. */
    public long dataStart() {
        return dataStart;
    }

    /** Bytes of the data section. */
    public long dataSize() {
        return dataSize;
    }

    /** The checksum entry; empty where the file carries none. */
    public Optional<Checksums> checksums() {
        return Optional.ofNullable(checksums);
    }

    /**
     * The prefix, the JSON and its padding, with every checksum digit {@code 0}; {@link Checksums#seal} fills them in.
     *
     * @throws IllegalStateException if this header was parsed and not laid out by {@link #of}
     */
    public byte[] toBytes() {
        if (written == null) {
            throw new IllegalStateException("a parsed header is not written again; lay its tensors out with Header.of");
        }
        return written.clone();
    }

    @Override
    public String toString() {
        return "header of " + tensors.size() + (tensors.size() == 1 ? " tensor, " : " tensors, ") + dataStart
                + " bytes, before " + dataSize + " bytes of data" + (checksums == null ? "" : ", with checksums");
    }
}
