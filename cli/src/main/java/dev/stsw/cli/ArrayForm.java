package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.publish.AtomicFile;
import dev.stsw.torch.NumpyWriter;
import dev.stsw.torch.NumpyWriter.Lacking;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What `extract` writes.
enum ArrayForm {
    /// One tensor, as `numpy.save` writes it.
    NPY(".npy"),
    /// Any number, as `numpy.savez` writes them.
    NPZ(".npz"),
    /// Any number.
    SAFETENSORS(".safetensors"),
    /// The bytes of one tensor, little-endian, C order, and nothing else.
    RAW(".raw", ".bin", ".dat");

    private static final int BLOCK = 1 << 20;

    @SuppressWarnings("ImmutableEnumChecker") // List.of
    private final List<String> endings;

    ArrayForm(String... endings) {
        this.endings = List.of(endings);
    }

    /// By the ending of a file's name.
    static Optional<ArrayForm> of(Path out) {
        String name = String.valueOf(out.getFileName()).toLowerCase(Locale.ROOT);
        for (ArrayForm form : values()) {
            if (form.endings.stream().anyMatch(name::endsWith)) {
                return Optional.of(form);
            }
        }
        return Optional.empty();
    }

    /// As it is typed.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean holdsOne() {
        return this == NPY || this == RAW;
    }

    /// What becomes of a tensor, if it is not written as it is.
    Optional<Note> change(TensorSpec tensor, Lacking lacking) {
        if (this != NPY && this != NPZ) {
            return Optional.empty();
        }
        TensorSpec array = NumpyWriter.arrayOf(tensor, lacking);
        return array.dtype() == tensor.dtype()
                ? Optional.empty()
                : Optional.of(new Note(
                        Note.CAST,
                        tensor.name(),
                        lacking == Lacking.RAW
                                ? "the bits of " + tensor.dtype() + " as " + array.dtype()
                                : tensor.dtype() + " to " + array.dtype()));
    }

    /// Writes a file as a whole, or not at all. Not for [#SAFETENSORS].
    void write(TensorSource source, Path out, Lacking lacking) throws IOException {
        try (AtomicFile attempt = AtomicFile.create(out, FileChannel::open)) {
            write(source, attempt.channel(), lacking);
            attempt.publish();
        }
    }

    /// The same to where nobody can go back.
    void write(TensorSource source, WritableByteChannel out, Lacking lacking) throws IOException {
        switch (this) {
            case NPY -> NumpyWriter.writeNpy(source, only(source), out, lacking);
            case NPZ -> NumpyWriter.writeNpz(source, out, lacking);
            case RAW -> copy(source, out);
            case SAFETENSORS -> throw new IllegalStateException();
        }
    }

    private static String only(TensorSource source) {
        return source.tensors().get(0).name();
    }

    private static void copy(TensorSource source, WritableByteChannel out) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        try (ReadableByteChannel bytes = source.open(only(source))) {
            while (bytes.read(block.clear()) >= 0) {
                block.flip();
                while (block.hasRemaining()) {
                    out.write(block);
                }
            }
        }
    }
}
