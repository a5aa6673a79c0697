/**
 * The safetensors format itself: bytes in, values out. No files, no threads, no dependencies, Java 17.
 */
module dev.stsw.format {
    requires static org.jspecify;

    exports dev.stsw.format;
}
