package dev.stsw.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.stsw.Model;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// Arrays over memory that is not libtorch's. Each lies in a manager of its own, because that is where DJL puts what is
/// derived from it, views among them, which look at the same memory: the manager ends all of them at once.
final class SharedMemory {
    private SharedMemory() {}

    static NDArray array(Tensor tensor, NDManager manager, Arena arena) {
        Managers.checkHost(manager);
        DataType type = ArrayTypes.exact(tensor.dtype(), tensor.shape());
        MemorySegment memory = tensor.data();
        if (!memory.isNative()) {
            throw new IllegalArgumentException(tensor + " lies in the heap: copy with toNDArray");
        }
        if (!memory.scope().equals(arena.scope())) {
            throw new IllegalArgumentException(
                    tensor + " does not belong to this arena: open its reader with the arena, or copy with toNDArray");
        }
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException(tensor + ": the arena is closed");
        }
        NDManager own = manager.newSubManager();
        try {
            NDArray array = array(memory, tensor.toString(), tensor.shape(), type, own);
            closeWith(arena, own);
            return array;
        } catch (RuntimeException | Error e) {
            own.close();
            throw e;
        }
    }

    /// An automatic arena waits until its memory is unreachable, so it must not be what reaches the manager.
    @SuppressWarnings("restricted") // gives no access to anything: the segment has no bytes
    private static void closeWith(Arena arena, NDManager manager) {
        WeakReference<NDManager> reference = new WeakReference<>(manager);
        MemorySegment.NULL.reinterpret(arena, nothing -> {
            NDManager open = reference.get();
            if (open != null) {
                open.close();
            }
        });
    }

    static NDList map(Path path, NDManager manager) throws IOException {
        Managers.checkHost(manager);
        NDManager own = manager.newSubManager();
        try (Model model = Model.open(path)) {
            List<TensorSpec> tensors = new ArrayList<>();
            model.forEach(tensor -> tensors.add(tensor.toSpec()));
            Loading.refuseTogether(tensors, null);
            Arena arena = Arena.ofShared();
            own.attachInternal("stsw mapping of " + path, arena);
            Set<String> names = Set.copyOf(model.keys());
            NDList arrays = new NDList(names.size());
            for (Path file : model.files()) {
                // An index may take a tensor from one of two files.
                map(file, name -> names.contains(name) && model.fileOf(name).equals(file), arena, own, arrays);
            }
            return arrays;
        } catch (UncheckedIOException e) {
            own.close();
            throw e.getCause();
        } catch (IOException | RuntimeException | Error e) {
            own.close();
            throw e;
        }
    }

    private static void map(Path file, Predicate<String> names, Arena arena, NDManager own, NDList arrays)
            throws IOException {
        Header header = Stsw.header(file);
        MemorySegment data = map(file, header, arena);
        for (TensorMeta tensor : header.tensors()) {
            if (names.test(tensor.name())) {
                MemorySegment memory = data.asSlice(tensor.offsetBegin(), tensor.byteSize());
                String what = "tensor " + TensorSpec.quote(tensor.name());
                DataType type = ArrayTypes.exact(tensor.dtype(), tensor.shape());
                NDArray array = array(memory, what, tensor.shape(), type, own);
                array.setName(tensor.name());
                arrays.add(array);
            }
        }
    }

    /// Private: an array that is written to gets pages of its own. Java asks for a channel that can write, although
    /// nothing ever is.
    private static MemorySegment map(Path file, Header header, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(MapMode.PRIVATE, header.dataStart(), header.dataSize(), arena);
        }
    }

    /// The buffer begins with the tensor, because the engine takes no notice of its position.
    private static NDArray array(
            MemorySegment memory, String what, dev.stsw.format.Shape shape, DataType type, NDManager manager) {
        if (memory.byteSize() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(what + " takes " + memory.byteSize()
                    + " bytes, and 2 GiB can be shared: copy with toNDArray or load");
        }
        return memory.byteSize() == 0
                ? manager.create(ArrayTypes.shape(shape), type)
                : manager.create(memory.asByteBuffer(), ArrayTypes.shape(shape), type);
    }
}
