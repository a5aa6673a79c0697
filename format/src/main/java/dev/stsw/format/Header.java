package dev.stsw.format;

/** stub */
public final class Header {
    static final String METADATA_KEY = "__metadata__";

    private Header() {}
}
