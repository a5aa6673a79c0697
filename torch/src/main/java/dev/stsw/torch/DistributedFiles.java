package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.DistributedMetadata.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.IntStream;

/** The files with the pieces: each piece is an archive of torch.save, at some place in one of them. */
final class DistributedFiles {
    private static final int ZIP = 0x504b0304;

    private final FilePool pool;
    private final CheckpointOptions options;
    private final Set<String> unproved = new ConcurrentSkipListSet<>();

    DistributedFiles(FilePool pool, CheckpointOptions options) {
        this.pool = pool;
        this.options = options;
    }

    /**
     * Checks that all pieces lie inside of files that exist, and that no two share bytes.
     *
     * @return bytes of all these files together
     */
    long check(List<DistributedTensor> tensors) throws IOException {
        record Use(String file, long start, long end, DistributedTensor tensor, Box box) {}
        Map<String, Long> sizes = new HashMap<>();
        List<Use> uses = new ArrayList<>();
        for (DistributedTensor tensor : tensors) {
            for (Map.Entry<Box, Place> piece : tensor.pieces().entrySet()) {
                Place place = piece.getValue();
                long size = size(sizes, tensor, piece.getKey(), place);
                long end = place.start() + place.length();
                if (end > size) {
                    throw fault(
                            Kind.CORRUPT,
                            tensor,
                            piece.getKey(),
                            place,
                            "reaches to byte " + end + " of a file of " + size + " bytes");
                }
                uses.add(new Use(place.file(), place.start(), end, tensor, piece.getKey()));
            }
        }
        uses.sort(Comparator.comparing(Use::file).thenComparingLong(Use::start));
        for (int i = 1; i < uses.size(); i++) {
            Use a = uses.get(i - 1);
            Use b = uses.get(i);
            if (a.file.equals(b.file) && b.start < a.end) {
                throw fault(
                        Kind.HOSTILE,
                        b.tensor,
                        b.box,
                        new Place(b.file, b.start, b.end - b.start),
                        "shares bytes with a piece of tensor " + Quote.text(a.tensor.name()));
            }
        }
        return sizes.values().stream().mapToLong(size -> size).sum();
    }

    private long size(Map<String, Long> sizes, DistributedTensor tensor, Box box, Place place) throws IOException {
        Long known = sizes.get(place.file());
        if (known == null) {
            try {
                known = pool.size(place.file());
            } catch (NoSuchFileException e) {
                throw fault(Kind.CORRUPT, tensor, box, place, "is missing: there is no such file");
            }
            sizes.put(place.file(), known);
        }
        return known;
    }

    /** The elements of a piece, after comparing what is there with what should be. */
    View view(DistributedTensor tensor, Box box, Place place) throws IOException {
        try {
            FilePart part = new FilePart(pool, place.file(), place.start(), place.length());
            requireZip(part);
            Budget budget = new Budget();
            Container container = ZipContainer.open(part, null, budget, new Globals(options.strict(), budget), options);
            View view = new Rebuild(container, budget).tensor(container.root());
            if (view == null) {
                throw new CheckpointException(
                        Kind.CORRUPT, "holds a " + container.root().describe() + ", expected a tensor");
            }
            requireSame(tensor, box, view);
            if (view.storage().crc32() == 0 || view.byteSize() != view.storage().size()) {
                unproved.add(tensor.name());
            }
            return view;
        } catch (CheckpointException e) {
            throw fault(e.kind(), tensor, box, place, e.problem());
        }
    }

    /** Tensors of which pieces were given out that no CRC-32 covers. */
    Set<String> unproved() {
        return Collections.unmodifiableSet(unproved);
    }

    private static void requireZip(SeekableByteChannel part) throws IOException {
        ByteBuffer start = ZipDirectory.read(part, 0, (int) Math.min(4, part.size()));
        // The buffer is little-endian for zips; their magic number is text.
        if (start.limit() < 4 || start.order(ByteOrder.BIG_ENDIAN).getInt(0) != ZIP) {
            throw new CheckpointException(
                    Kind.UNSUPPORTED,
                    "is no archive of torch.save; compressed pieces, and pieces written as safetensors, cannot be read");
        }
    }

    private static void requireSame(DistributedTensor tensor, Box box, View view) throws CheckpointException {
        if (!view.type().equals(tensor.type())) {
            throw new CheckpointException(
                    Kind.CORRUPT,
                    "is of dtype " + view.type().name() + ", expected "
                            + tensor.type().name());
        }
        long[] size = new long[view.rank()];
        Arrays.setAll(size, view::size);
        if (size.length != box.rank() || !IntStream.range(0, size.length).allMatch(i -> size[i] == box.size(i))) {
            throw new CheckpointException(Kind.CORRUPT, "is of shape " + Arrays.toString(size));
        }
        if (view.storage().deflated()) {
            throw new CheckpointException(Kind.UNSUPPORTED, "is deflated, which torch never does");
        }
    }

    private static CheckpointException fault(
            Kind kind, DistributedTensor tensor, Box box, Place place, String problem) {
        return new CheckpointException(kind, tensor.where(box, place) + " " + problem);
    }
}
