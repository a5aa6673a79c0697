package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All entries of torch's archive by name, after more checks than {@link ZipMembers}': no name twice in another case
 * either (torch ignores it), none that escapes, one folder around all.
 */
final class ZipEntries {
    private final Map<String, Blob> blobs;
    private final String root;

    private ZipEntries(Map<String, Blob> blobs, String root) {
        this.blobs = blobs;
        this.root = root;
    }

    static ZipEntries read(SeekableByteChannel channel, Budget budget, boolean crc32) throws IOException {
        ZipMembers members = ZipMembers.read(
                channel,
                budget,
                name -> name.toLowerCase(Locale.ROOT),
                "occurs twice (torch ignores case); readers would disagree");
        for (ZipEntry entry : members.entries()) {
            requirePlainName(entry);
        }
        String root = root(members.entries());
        Map<String, Blob> blobs = new HashMap<>();
        members.locate()
                .forEach((name, blob) -> blobs.put(name.substring(root.length()), crc32 ? blob : blob.withoutCrc32()));
        return new ZipEntries(blobs, root);
    }

    private static void requirePlainName(ZipEntry entry) throws CheckpointException {
        String name = entry.name();
        boolean escapes = name.startsWith("/")
                || name.indexOf('\\') >= 0
                || name.indexOf('\0') >= 0
                || (name.length() > 1 && name.charAt(1) == ':')
                || Arrays.asList(name.split("/")).contains("..");
        if (escapes || name.isEmpty()) {
            throw entry.fault(Kind.HOSTILE, "has a name that leaves its folder");
        }
    }

    /** The folder around all entries, with its slash. */
    private static String root(List<ZipEntry> entries) throws CheckpointException {
        String root = null;
        for (ZipEntry entry : entries) {
            String folder = entry.name().substring(0, entry.name().indexOf('/') + 1);
            root = root == null || root.equals(folder) ? folder : "/";
        }
        if (root == null || root.isEmpty() || root.equals("/")) {
            throw new CheckpointException(
                    Kind.NOT_A_CHECKPOINT,
                    "a zip archive, but not one of torch: its entries do not lie in one folder" + contents(entries));
        }
        return root;
    }

    private static String contents(List<ZipEntry> entries) {
        if (entries.stream().anyMatch(entry -> entry.name().endsWith(".npy"))) {
            return "; it seems to be a NumPy .npz file";
        }
        return entries.isEmpty()
                ? "; it is empty"
                : "; the first is " + Quote.text(entries.get(0).name());
    }

    /** The entry of this path below the root; null if there is none. */
    @Nullable
    Blob find(String path) {
        return blobs.get(path);
    }

    /** Paths below the root. */
    Set<String> paths() {
        return blobs.keySet();
    }

    String root() {
        return root;
    }
}
