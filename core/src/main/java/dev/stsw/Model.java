package dev.stsw;

import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.model.FoundModel;
import dev.stsw.stream.TensorSources;
import dev.stsw.stream.Verification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a model of one or several safetensors files as if it were one. Any number of threads may use it.
///
/// By an index, it opens each file when the first tensor in it is asked for; without one, it reads the headers of all
/// files at once. What it hands out is read-only and valid until [#close()]. What is wrong with a file is thrown as
/// [StreamReader] throws it, and names that file.
public final class Model implements AutoCloseable, Iterable<TensorMeta> {
    private final Path path;
    private final List<Shard> shards;
    /// The shard of each tensor, in the order of [#keys()].
    private final Map<String, Shard> owners;

    private volatile boolean closed;

    private Model(Path path, List<Shard> shards, Map<String, Shard> owners) {
        this.path = path;
        this.shards = shards;
        this.owners = Collections.unmodifiableMap(owners);
    }

    /// Opens a model as [ReadOptions#defaults()] say. See [#open(Path, ReadOptions)].
    public static Model open(Path path) throws IOException {
        return open(path, ReadOptions.defaults());
    }

    /// Opens a model.
    ///
    /// @param path a folder with a model in it, as the hub has them: an index that fits, or else files whose names
    ///     promise a whole (`model-00001-of-00003.safetensors`), or else the only file; or an index (`….json`); or a
    /// file
    /// @param options for each file
    /// @throws HeaderException if a file is no safetensors file, is missing, or lacks a tensor of the index, or if two
    ///     files without an index have a tensor of the same name
    /// @throws java.nio.file.FileSystemException if a folder holds no model, or more than one
    public static Model open(Path path, ReadOptions options) throws IOException {
        Objects.requireNonNull(options, "options");
        Optional<FoundModel> found = ModelOpening.find(path);
        List<Shard> shards = new ArrayList<>();
        Map<String, Shard> owners = new LinkedHashMap<>();
        Model model = new Model(path, shards, owners);
        try {
            for (Path file : ModelOpening.files(path, found)) {
                shards.add(new Shard(file, options));
            }
            if (found.flatMap(FoundModel::index).isPresent()) {
                model.assign(found.get(), owners);
            } else {
                model.collect(owners);
            }
            return model;
        } catch (IOException | RuntimeException | Error e) {
            model.closeAfter(e);
            throw e;
        }
    }

    private void assign(FoundModel found, Map<String, Shard> owners) {
        Map<String, Shard> byName = new LinkedHashMap<>();
        for (int i = 0; i < shards.size(); i++) {
            byName.put(found.files().get(i), shards.get(i));
        }
        found.index().orElseThrow().files().forEach((tensor, file) -> {
            Shard shard = byName.get(file);
            if (shard == null) {
                throw new AssertionError(file); // It would have been a problem.
            }
            shard.expected.add(tensor);
            owners.put(tensor, shard);
        });
    }

    private void collect(Map<String, Shard> owners) throws IOException {
        for (Shard shard : shards) {
            for (String name : shard.reader().keys()) {
                Shard other = owners.putIfAbsent(name, shard);
                if (other != null) {
                    throw new HeaderException(
                            path.toString(),
                            Fault.MALFORMED,
                            "tensor " + TensorSpec.quote(name) + " is in two files, " + other.file.getFileName()
                                    + " and " + shard.file.getFileName() + ", and no index says which one counts");
                }
            }
        }
    }

    /// Names of the tensors: in the order of the index, which is by name, or else of the files and their headers.
    public List<String> keys() {
        return List.copyOf(owners.keySet());
    }

    /// Number of tensors.
    public int size() {
        return owners.size();
    }

    /// The files of the model, in order.
    public List<Path> files() {
        return shards.stream().map(shard -> shard.file).toList();
    }

    /// The file that a tensor is in; opens none.
    ///
    /// @throws NoSuchElementException if there is no tensor of that name
    public Path fileOf(String name) {
        return shard(name).file;
    }

    /// What the header of its file says of a tensor; offsets count in that file.
    ///
    /// @throws NoSuchElementException if there is no tensor of that name
    /// @throws IllegalStateException after [#close()]
    public TensorMeta meta(String name) throws IOException {
        return reader(name).meta(name);
    }

    /// The tensor, mapped from its file. See [StreamReader#tensor(String)].
    ///
    /// @throws NoSuchElementException if there is no tensor of that name
    /// @throws dev.stsw.format.ChecksumException if checksums are checked, and its does not match
    /// @throws IllegalStateException after [#close()]
    public Tensor tensor(String name) throws IOException {
        return reader(name).tensor(name);
    }

    /// The tensor's bytes. See [StreamReader#getSlice(String)].
    ///
    /// @throws NoSuchElementException if there is no tensor of that name
    /// @throws dev.stsw.format.ChecksumException if checksums are checked, and its does not match
    /// @throws IllegalStateException after [#close()]
    public MemorySegment getSlice(String name) throws IOException {
        return reader(name).getSlice(name);
    }

    /// What stands under `__metadata__` in all files, without our checksums; where two say different things of a key,
    /// the first. Opens all files.
    ///
    /// @throws IllegalStateException after [#close()]
    public Map<String, String> metadata() throws IOException {
        Map<String, String> joined = new LinkedHashMap<>();
        for (Shard shard : shards) {
            reader(shard).metadata().forEach(joined::putIfAbsent);
        }
        return Collections.unmodifiableMap(joined);
    }

    /// The tensors in the order of [#keys()]. Opens files on the way: what is wrong with one is thrown as
    /// [UncheckedIOException].
    ///
    /// @throws IllegalStateException after [#close()]
    @Override
    public Iterator<TensorMeta> iterator() {
        Iterator<String> names = owners.keySet().iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return names.hasNext();
            }

            @Override
            public TensorMeta next() {
                try {
                    return meta(names.next());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    /// All tensors as input of a writer, file by file, in the order of their bytes, with [#metadata()]. Opens all
    /// files. Closing the source leaves the model open; closing the model ends the source.
    ///
    /// @throws IllegalStateException after [#close()]
    public TensorSource asSource() throws IOException {
        List<TensorSource> sources = new ArrayList<>();
        boolean hasMetadata = false;
        for (Shard shard : shards) {
            StreamReader reader = reader(shard);
            hasMetadata |= reader.header().metadata().isPresent();
            TensorSource source = reader.asSource();
            // An index may take a tensor from one of two files.
            boolean all = source.tensors().stream().allMatch(tensor -> isOf(shard, tensor.name()));
            sources.add(all ? source : TensorSources.select(source, name -> isOf(shard, name)));
        }
        return TensorSources.withMetadata(
                TensorSources.concat(sources), hasMetadata ? Optional.of(metadata()) : Optional.empty());
    }

    private boolean isOf(Shard shard, String tensor) {
        return shard.equals(owners.get(tensor));
    }

    /// Checks every file's structure and checksums, reading every byte once. See [Stsw#verify(Path, ProgressListener)].
    ///
    /// @return what was found out about each file, in order
    /// @throws HeaderException if one is no safetensors file, or lacks a tensor of the index
    public List<Verification> verify() throws IOException {
        List<Verification> all = new ArrayList<>();
        for (Shard shard : shards) {
            reader(shard);
            all.add(Stsw.verify(shard.file));
        }
        return List.copyOf(all);
    }

    /// The folder, index or file, as it was opened.
    public Path path() {
        return path;
    }

    /// Ends all files. See [StreamReader#close()].
    ///
    /// @throws IllegalStateException if another thread is just handing a tensor to a channel or to native code; close
    ///     again when it is done
    @Override
    public void close() throws IOException {
        closed = true;
        closeAll(shards);
    }

    private static void closeAll(Collection<Shard> shards) throws IOException {
        Throwable first = null;
        for (Shard shard : shards) {
            try {
                shard.close();
            } catch (IOException | RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first instanceof IOException e) {
            throw e;
        }
        if (first instanceof RuntimeException e) {
            throw e;
        }
    }

    private void closeAfter(Throwable fault) {
        try {
            close();
        } catch (IOException | RuntimeException e) {
            fault.addSuppressed(e);
        }
    }

    private Shard shard(String name) {
        Shard shard = owners.get(name);
        if (shard == null) {
            throw new NoSuchElementException(path + ": no tensor " + TensorSpec.quote(name));
        }
        return shard;
    }

    private StreamReader reader(String name) throws IOException {
        return reader(shard(name));
    }

    private StreamReader reader(Shard shard) throws IOException {
        if (closed) {
            throw new IllegalStateException(path + ": the model is closed");
        }
        return shard.reader();
    }

    /// Such as `model of 4 files, 291 tensors: /models/llama`.
    @Override
    public String toString() {
        return "model of " + shards.size() + (shards.size() == 1 ? " file, " : " files, ") + owners.size()
                + " tensors: " + path;
    }

    /// A file of the model, opened when it is needed.
    private static final class Shard {
        private final Path file;
        private final ReadOptions options;
        /// Tensors that the index has in it.
        private final Set<String> expected = new LinkedHashSet<>();

        private volatile @Nullable StreamReader reader;
        private boolean closed;

        Shard(Path file, ReadOptions options) {
            this.file = file;
            this.options = options;
        }

        StreamReader reader() throws IOException {
            StreamReader open = reader;
            return open != null ? open : open();
        }

        private synchronized StreamReader open() throws IOException {
            StreamReader open = reader;
            if (open == null) {
                if (closed) {
                    throw new IllegalStateException(file + ": the model is closed");
                }
                open = StreamReader.open(file, options);
                try {
                    requireExpected(open);
                } catch (HeaderException e) {
                    open.close();
                    throw e;
                }
                reader = open;
            }
            return open;
        }

        private void requireExpected(StreamReader open) throws HeaderException {
            List<String> missing = expected.stream()
                    .filter(name -> open.header().find(name).isEmpty())
                    .toList();
            if (!missing.isEmpty()) {
                int more = missing.size() - 1;
                throw new HeaderException(
                        file.toString(),
                        Fault.MALFORMED,
                        "tensor " + TensorSpec.quote(missing.get(0)) + " is not in this shard, where the index has it"
                                + (more > 0 ? "; and so for " + more + " more" : ""));
            }
        }

        synchronized void close() throws IOException {
            closed = true;
            StreamReader open = reader;
            if (open != null) {
                open.close();
            }
        }
    }
}
