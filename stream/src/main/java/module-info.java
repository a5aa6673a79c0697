/** The flow of tensors: sources, conversions of numbers, checks and writing in one pass. Channels, no files, no threads. */
module dev.stsw.stream {
    requires transitive dev.stsw.format;
    requires static org.jspecify;

    exports dev.stsw.stream;
}
