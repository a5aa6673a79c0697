/** Reads PyTorch checkpoints without Python and without running their code. */
module dev.stsw.torch {
    requires transitive dev.stsw.format;
    requires dev.stsw.stream;
    requires static org.jspecify;

    exports dev.stsw.torch;
}
