/// Streams, reads and proves `.safetensors` files.
module dev.stsw {
    requires transitive dev.stsw.stream;
    requires static org.jspecify;
    requires jdk.unsupported; // ExtendedOpenOption.DIRECT

    exports dev.stsw;
}
