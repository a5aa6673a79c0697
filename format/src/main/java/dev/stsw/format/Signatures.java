package dev.stsw.format;

import dev.stsw.format.HeaderException.Fault;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Recognises what people take for a safetensors file, so that the error can say what it really is. */
final class Signatures {
    /** How many of a file's first bytes are worth showing to {@link #explain}. */
    static final int LENGTH = 64;

    private record Signature(String start, Fault fault, String problem) {}

    private static final List<Signature> KNOWN = List.of(
            new Signature(
                    "version https://git-lfs",
                    Fault.GIT_LFS_POINTER,
                    "this is a Git-LFS pointer and not the file itself; fetch it with 'git lfs pull'"),
            new Signature("<!doctype", Fault.HTML_PAGE, "this is an HTML page; a download went wrong"),
            new Signature("<html", Fault.HTML_PAGE, "this is an HTML page; a download went wrong"),
            new Signature("<?xml", Fault.HTML_PAGE, "this is an XML page; a download went wrong"),
            new Signature("pk\3\4", Fault.OTHER_FORMAT, "this is a zip archive (a PyTorch checkpoint?)"),
            new Signature("\u0080\2", Fault.OTHER_FORMAT, "this is a Python pickle (an old PyTorch checkpoint?)"),
            new Signature("gguf", Fault.OTHER_FORMAT, "this is a GGUF file"),
            new Signature("\u0093numpy", Fault.OTHER_FORMAT, "this is a NumPy file"),
            new Signature("\u0089hdf", Fault.OTHER_FORMAT, "this is an HDF5 file"),
            new Signature("\u001f\u008b", Fault.OTHER_FORMAT, "this is a gzip archive"),
            new Signature("{", Fault.OTHER_FORMAT, "this is text, probably JSON"));

    private Signatures() {}

    /** A better error than {@code otherwise}, if the file's first bytes are known; else that one. */
    static HeaderException explain(ByteBuffer start, HeaderException otherwise) {
        byte[] bytes = new byte[Math.min(LENGTH, start.remaining())];
        start.duplicate().get(bytes);
        String text = new String(bytes, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        String stripped = text.stripLeading();
        for (Signature known : KNOWN) {
            boolean page = known.fault == Fault.HTML_PAGE && stripped.startsWith(known.start);
            if (page || text.startsWith(known.start)) {
                return new HeaderException(null, known.fault, "not a safetensors file: " + known.problem);
            }
        }
        return otherwise;
    }
}
