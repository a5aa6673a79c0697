package dev.stsw.torch;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointReport.Omission;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The arrays of a NumPy file as a source of tensors: the one of an {@code .npy}, or all of an {@code .npz}.
 *
 * <p>Opening reads the head of each array and checks that its elements take exactly the bytes that are there. Then {@link
 * #open(String)} streams one after the other, in C order and little-endian, through a few megabytes of memory at most.
 * Arrays of what is no number are left out; those of objects are pickles, which {@link Checkpoint} reads. Nothing in the
 * file is executed.
 *
 * <p>For one thread at a time, but for what {@link #concurrent()} allows. Closing it closes the channel that it was opened with.
 */
public final class NumpyArrays implements TensorSource {
    private static final int MOST_SHOWN = 20;
    /** Of the members of an {@code .npz}. */
    static final String SUFFIX = ".npy";

    private static final String ZIP = "PK\3\4";
    private static final int ZIP_NAME_LENGTH_AT = 26;
    private static final int ZIP_NAME_AT = 30;

    private final SeekableByteChannel channel;
    private final CheckpointOptions options;
    private final Budget budget;
    private final boolean archive;
    /** Made once: a list for each call would make {@link #tensors()} in a loop quadratic. */
    private final List<TensorSpec> tensors = new ArrayList<>();

    private final List<TensorSpec> listed = Collections.unmodifiableList(tensors);
    private final Map<String, View> views = new LinkedHashMap<>();
    private final List<Omission> dropped = new ArrayList<>();
    private final List<Omission> skipped = new ArrayList<>();
    private final List<String> unreadable = new ArrayList<>();
    private final Map<String, String> widened = new LinkedHashMap<>();
    private boolean pickles;
    private final Streams streams;

    private NumpyArrays(SeekableByteChannel channel, CheckpointOptions options) throws IOException {
        this.channel = channel;
        this.options = options;
        this.budget = new Budget(options.maxOutputBytes(channel.size()));
        this.streams = new Streams(options.spool(channel.size()));
        this.archive = isArchive(channel);
        if (archive) {
            readArchive();
        } else {
            add(bareName(), Blob.of("the array", new FileRange(channel, 0, channel.size())));
        }
        requireReadable();
        requireWithin(options.maxOutputBytes(channel.size()));
    }

    /** Opens a file with {@link CheckpointOptions#defaults()}. See {@link #open(Path, CheckpointOptions)}. */
    public static NumpyArrays open(Path file) throws IOException {
        return open(file, CheckpointOptions.defaults());
    }

    /**
     * Opens a file, which {@link #close()} closes. See {@link #open(SeekableByteChannel, CheckpointOptions)}.
     *
     * @param file an {@code .npy} or {@code .npz}
     * @param options what to read; messages name the file, whatever {@link CheckpointOptions#withFileName} said
     * @throws CheckpointException if the file is not NumPy's, is damaged, or holds nothing that a safetensors file can hold
     */
    public static NumpyArrays open(Path file, CheckpointOptions options) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            return open(channel, options.withFileName(file.toString()));
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Opens a file. If that fails, the channel stays open: it is still the caller's.
     *
     * @param channel the file, from its byte 0 whatever its position; from now on only for the arrays to use
     * @param options of these the file's name, the filter, whether to widen, the limit on the output, and whether CRC-32 are compared;
     *     the others are for checkpoints. An {@code .npy} holds no name: its tensor is called as the file without folder
     *     and {@code .npy}
     * @throws CheckpointException if the file is not NumPy's, is damaged, or holds nothing that a safetensors file can
     *     hold, or numbers that none can hold and that the filter does not hold back
     */
    public static NumpyArrays open(SeekableByteChannel channel, CheckpointOptions options) throws IOException {
        try {
            return new NumpyArrays(channel, options);
        } catch (CheckpointException e) {
            throw e.in(options.fileName());
        } catch (ClosedByInterruptException | InterruptedIOException e) {
            throw NamedStream.interrupted(options.fileName(), e);
        }
    }

    /** Whether a file is one of NumPy, told by its first bytes. */
    public static boolean isNumpy(SeekableByteChannel channel) throws IOException {
        String start = text(channel, 0, ZIP_NAME_AT);
        if (start.startsWith(NumpyHeader.MAGIC)) {
            return true;
        }
        if (!start.startsWith(ZIP) || start.length() < ZIP_NAME_AT) {
            return false;
        }
        int length = start.charAt(ZIP_NAME_LENGTH_AT) | start.charAt(ZIP_NAME_LENGTH_AT + 1) << Byte.SIZE;
        return text(channel, ZIP_NAME_AT, length).endsWith(SUFFIX);
    }

    static boolean isArchive(SeekableByteChannel channel) throws IOException {
        return text(channel, 0, ZIP.length()).equals(ZIP);
    }

    /** Names are only names here: nothing is unpacked, so that none can lead out of a folder. */
    static Map<String, Blob> members(SeekableByteChannel channel, Budget budget) throws IOException {
        return ZipMembers.read(
                        channel,
                        budget,
                        NumpyArrays::withoutSuffix,
                        "occurs twice; readers would disagree which one is meant")
                .locate();
    }

    /** Up to {@code most} bytes of the file, one character each. */
    private static String text(SeekableByteChannel channel, long position, int most) throws IOException {
        int count = (int) Math.min(most, Math.max(0, channel.size() - position));
        return StandardCharsets.ISO_8859_1
                .decode(ZipDirectory.read(channel, position, count))
                .toString();
    }

    private String bareName() {
        String name = options.fileName()
                .substring(1
                        + Math.max(
                                options.fileName().lastIndexOf('/'),
                                options.fileName().lastIndexOf('\\')));
        String bare = withoutSuffix(name);
        return bare.isEmpty() ? "array" : bare;
    }

    static String withoutSuffix(String name) {
        return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
    }

    private void readArchive() throws IOException {
        for (Map.Entry<String, Blob> member : members(channel, budget).entrySet()) {
            Blob blob = options.crc32() ? member.getValue() : member.getValue().withoutCrc32();
            if (member.getKey().endsWith(SUFFIX)) {
                add(withoutSuffix(member.getKey()), blob);
            } else {
                dropped.add(new Omission(member.getKey(), "no array of NumPy"));
            }
        }
        if (views.isEmpty() && dropped.isEmpty() && skipped.isEmpty() && unreadable.isEmpty()) {
            throw new CheckpointException(Kind.NOT_A_CHECKPOINT, "the archive holds no array");
        }
    }

    private void add(String name, Blob array) throws IOException {
        budget.charge(600 + 4L * name.length());
        if (!options.filter().test(name)) {
            // May be of any kind: that is how the others of its file can be had.
            dropped.add(new Omission(name, "held back by the filter"));
            return;
        }
        try {
            NumpyHeader header = NumpyHeader.read(array);
            if (header.isPickle()) {
                pickles = true;
                skipped.add(new Omission(name, "array of Python objects"));
                return;
            }
            NumpyType type = NumpyType.of(header.descr());
            if (type.type().dtype() == null && !options.widen()) {
                unreadable.add(Quote.text(name) + " (" + type.type().name() + ")");
                return;
            }
            View view = header.view(array, options.widen());
            if (type.type().dtype() == null) {
                widened.put(name, type.type().name() + " to " + view.dtype());
            }
            budget.charge(64L * view.rank());
            tensors.add(new TensorSpec(name, view.dtype(), view.shape()));
            streams.announce(view);
            views.put(name, view);
        } catch (CheckpointException e) {
            if (!archive) {
                throw new CheckpointException(e.kind(), "the array " + e.problem());
            }
            if (e.kind() != Kind.UNSUPPORTED) {
                throw new CheckpointException(e.kind(), "array " + Quote.text(name) + " " + e.problem());
            }
            skipped.add(new Omission(name, "array that " + e.problem()));
        }
    }

    /** Numbers that are left out would be missed, so that somebody must say it; texts and dates are no weights. */
    private void requireReadable() throws CheckpointException {
        if (!unreadable.isEmpty()) {
            boolean one = unreadable.size() == 1;
            throw new CheckpointException(
                    Kind.UNSUPPORTED,
                    (one ? "array " : unreadable.size() + " arrays, ")
                            + unreadable.stream().limit(MOST_SHOWN).collect(Collectors.joining(", "))
                            + (unreadable.size() > MOST_SHOWN ? " and others" : "")
                            + (one ? " has" : " have") + " a dtype that safetensors has no form for; leave "
                            + (one ? "it" : "them") + " out (--exclude), or round "
                            + (one ? "it" : "them") + " to C64 (--widen)");
        }
        if (tensors.isEmpty() && !skipped.isEmpty() && !pickles) {
            Omission first = skipped.get(0);
            throw new CheckpointException(
                    Kind.UNSUPPORTED,
                    "none of its arrays can be a tensor; the first, " + Quote.text(first.path()) + ", is an "
                            + first.reason());
        }
    }

    private void requireWithin(long maxBytes) throws CheckpointException {
        long left = maxBytes;
        for (TensorSpec tensor : tensors) {
            if (tensor.byteSize() > left) {
                throw new CheckpointException(
                        Kind.LIMIT,
                        "its arrays take more than " + maxBytes + " bytes when written out (up to "
                                + Quote.text(tensor.name())
                                + "), far more than the file itself; raise the limit (--max-output) if that is meant");
            }
            left -= tensor.byteSize();
        }
    }

    /** {@code npy} or {@code npz}. */
    public String container() {
        return archive ? "npz" : "npy";
    }

    /**
     * Whether an array that the filter does not hold back is one of objects: a pickle, which {@link Checkpoint} reads, with
     * the other arrays of the file.
     */
    public boolean holdsPickles() {
        return pickles;
    }

    /** Arrays that are given out in another form, each with what it was and is; see {@link CheckpointOptions#withWiden}. */
    public Map<String, String> widened() {
        return Collections.unmodifiableMap(widened);
    }

    /** Arrays that are no numbers: text, dates, structures, objects. */
    public List<Omission> skipped() {
        return List.copyOf(skipped);
    }

    /** What was left out: arrays that the filter held back, and members of the archive that are no arrays. */
    public List<Omission> dropped() {
        return List.copyOf(dropped);
    }

    /** The arrays in the order in which they lie in the file. */
    @Override
    public List<TensorSpec> tensors() {
        return listed;
    }

    /** None: NumPy keeps none, and the reference writes none of arrays. */
    @Override
    public Optional<Map<String, String>> metadata() {
        return Optional.empty();
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        View view = views.get(name);
        if (view == null) {
            throw new NoSuchElementException("no array " + Quote.text(name) + " in " + options.fileName());
        }
        return NamedStream.open(options.fileName(), () -> streams.open(view));
    }

    /** If the file is a {@link FileChannel}, which is read at positions. */
    @Override
    public boolean concurrent() {
        return Section.isConcurrent(channel);
    }

    @Override
    public void close() throws IOException {
        try {
            streams.close();
        } finally {
            channel.close();
        }
    }
}
