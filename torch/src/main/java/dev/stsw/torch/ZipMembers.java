package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** What every zip archive must fulfil, whoever wrote it: no name twice, and no byte that belongs to two entries. */
final class ZipMembers {
    private final SeekableByteChannel channel;
    private final ZipDirectory directory;
    private final List<ZipEntry> entries = new ArrayList<>();

    private ZipMembers(SeekableByteChannel channel, ZipDirectory directory) {
        this.channel = channel;
        this.directory = directory;
    }

    /**
     * Reads the list of entries.
     *
     * @param identity what readers of such archives tell names apart by
     * @param twins what to say of two names that it makes the same
     */
    static ZipMembers read(SeekableByteChannel channel, Budget budget, UnaryOperator<String> identity, String twins)
            throws IOException {
        ZipDirectory directory = ZipDirectory.find(channel);
        ZipMembers members = new ZipMembers(channel, directory);
        Input in = new Input(new FileRange(channel, directory.start(), directory.size()).stream(), "zip directory");
        Set<String> names = new HashSet<>();
        for (long i = 0; i < directory.entries(); i++) {
            ZipEntry entry = ZipEntry.read(in);
            budget.charge(300 + 2L * entry.name().length());
            if (!names.add(identity.apply(entry.name()))) {
                throw entry.fault(Kind.HOSTILE, twins);
            }
            members.entries.add(entry);
        }
        if (in.remaining() != 0) {
            throw ZipDirectory.corrupt("its directory has " + in.remaining() + " bytes more than its entries take");
        }
        return members;
    }

    /** In the order of the directory. */
    List<ZipEntry> entries() {
        return entries;
    }

    /** Where the bytes of each entry lie, by name, in the order in which they lie there; folders left out. */
    Map<String, Blob> locate() throws IOException {
        Map<String, Blob> blobs = new LinkedHashMap<>();
        List<ZipEntry> placed = new ArrayList<>(entries);
        placed.sort(Comparator.comparingLong(ZipEntry::header));
        long end = 0;
        for (ZipEntry entry : placed) {
            if (entry.header() < end) {
                throw entry.fault(Kind.HOSTILE, "at byte " + entry.header() + " overlaps the one before it");
            }
            if (end == 0 && entry.header() != 0) {
                throw ZipDirectory.hostile(entry.header() + " bytes lie before its first entry");
            }
            Blob blob = entry.locate(channel, directory.start());
            end = blob.stored().start() + blob.stored().length();
            if (!entry.isFolder()) {
                blobs.put(entry.name(), blob);
            }
        }
        return blobs;
    }
}
