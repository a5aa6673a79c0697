/// Streams, reads and proves `.safetensors` files.
module dev.stsw {
    requires transitive dev.stsw.format;
    requires static org.jspecify;

    exports dev.stsw;
}
