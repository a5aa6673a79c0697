package dev.stsw.torch;

import dev.stsw.format.FileFormat;
import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A zip or tar archive with whole files in it, one of which may be a checkpoint: a {@code .nemo}, a {@code .mar}, a zip of
 * Stable-Baselines3, or what somebody packed to send it. Nothing is unpacked: a member is a part of the archive's file,
 * and its name is only a name.
 *
 * <p>Immutable; for any number of threads if the channel is a {@link java.nio.channels.FileChannel}. The channel stays the
 * caller's.
 */
public final class Archive {
    private static final int MOST_SHOWN = 10;

    /** What the files of models are called. */
    private static final Set<String> SUFFIXES = Set.of(
            "pt",
            "pth",
            "ckpt",
            "bin",
            "pkl",
            "pickle",
            "p",
            "th",
            "model",
            "tar",
            "safetensors",
            "npz",
            "npy",
            "pdparams",
            "nemo",
            "mar",
            "zip");

    private final String fileName;
    private final long size;
    private final String kind;
    private final Map<String, Blob> members;

    private Archive(String fileName, long size, String kind, Map<String, Blob> members) {
        this.fileName = fileName;
        this.size = size;
        this.kind = kind;
        this.members = members;
    }

    /**
     * Reads an archive's list of members.
     *
     * @param channel the archive, from its byte 0 whatever its position
     * @param fileName what messages call it
     * @throws CheckpointException if it is neither a zip nor a tar archive, or damaged, or means different things to
     *     different readers
     */
    public static Archive read(SeekableByteChannel channel, String fileName) throws IOException {
        try {
            int most = (int) Math.min(FileFormat.LOOK_AT, channel.size());
            FileFormat format = FileFormat.of(ZipDirectory.read(channel, 0, most));
            Map<String, Blob> members = new LinkedHashMap<>();
            if (format == FileFormat.ZIP) {
                members.putAll(
                        ZipMembers.read(channel, new Budget(), name -> name, "occurs twice; readers would disagree")
                                .locate());
            } else if (TarArchive.isHeader(ZipDirectory.read(channel, 0, most))) {
                TarArchive.members(channel).forEach((name, range) -> members.put(name, Blob.of(name, range)));
            } else {
                throw new CheckpointException(
                        Kind.NOT_A_CHECKPOINT, "neither a zip nor a tar archive, so that it has no members");
            }
            return new Archive(fileName, channel.size(), format == FileFormat.ZIP ? "zip" : "tar", members);
        } catch (CheckpointException e) {
            throw e.in(fileName);
        }
    }

    /** {@code zip} or {@code tar}. */
    public String kind() {
        return kind;
    }

    /** The names of all members, in the order in which they lie there; folders left out. */
    public Set<String> members() {
        return Collections.unmodifiableSet(members.keySet());
    }

    /** Those that are called as models are, in the same order. */
    public List<String> models() {
        return members.keySet().stream().filter(Archive::looksLikeModel).toList();
    }

    private static boolean looksLikeModel(String name) {
        String suffix = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        String plain = name.substring(name.lastIndexOf('/') + 1);
        return SUFFIXES.contains(suffix) && !plain.startsWith(".");
    }

    /** Whether there is such a member; {@code ./a} and {@code a} are the same. */
    public boolean has(String member) {
        return members.containsKey(member) || members.containsKey("./" + member);
    }

    /** Whether a member lies in the archive as it is, so that {@link #part} can give it out. */
    public boolean isStored(String member) {
        return !blob(member).isEncoded();
    }

    /**
     * Bytes of a member when it is unpacked, as the archive claims.
     *
     * @throws NoSuchElementException if there is none of this name
     */
    public long size(String member) {
        return blob(member).size();
    }

    /**
     * A member that lies in the archive as it is, as a file of its own.
     *
     * @throws IllegalArgumentException if it does not
     * @throws NoSuchElementException if there is none of this name
     */
    public SeekableByteChannel part(String member) {
        Blob blob = blob(member);
        if (blob.isEncoded()) {
            throw new IllegalArgumentException(Quote.text(member) + " is deflated");
        }
        return Section.of(blob.withoutCrc32(), Spool.none());
    }

    /**
     * The bytes of any member, from its first to its last. Reading throws a {@link CheckpointException} where they are
     * damaged.
     *
     * @param options of these, the limit on the output: so many bytes may be inflated at most
     * @throws CheckpointException if the member inflates to more
     * @throws NoSuchElementException if there is none of this name
     */
    public ReadableByteChannel open(String member, CheckpointOptions options) throws IOException {
        Blob blob = blob(member);
        long most = options.maxOutputBytes(size);
        if (blob.size() > most) {
            throw new CheckpointException(
                    fileName,
                    Kind.LIMIT,
                    "member " + Quote.text(member) + " inflates to " + blob.size()
                            + " bytes, more than the output limit of " + most + " (--max-output)");
        }
        return NamedStream.open(fileName, blob::stream);
    }

    private Blob blob(String member) {
        Blob blob = members.getOrDefault(member, members.get("./" + member));
        if (blob == null) {
            throw new NoSuchElementException("no member " + Quote.text(member) + " in " + fileName + "; " + contents());
        }
        return blob;
    }

    /** What to say to somebody who did not name a member, or one that is not there: which there are, models first. */
    public String contents() {
        List<String> shown = models().isEmpty() ? List.copyOf(members.keySet()) : models();
        if (shown.isEmpty()) {
            return "it has no members";
        }
        String list = shown.stream().limit(MOST_SHOWN).map(Quote::text).collect(Collectors.joining(", "));
        String more = shown.size() > MOST_SHOWN ? " and " + (shown.size() - MOST_SHOWN) + " more" : "";
        return models().isEmpty()
                ? "its members are " + list + more
                : "members that may be models: " + list + more
                        + "; name one of them behind the archive and a '!', as in "
                        + Quote.text(fileName + "!" + plain(shown.get(0)));
    }

    private static String plain(String name) {
        return name.startsWith("./") ? name.substring(2) : name;
    }
}
