package dev.stsw.torch;

/** How bytes stand in a file: as they are, deflated, or as the text that pickles of old protocols make of them. */
enum Coding {
    STORED,
    DEFLATED,
    /** Each byte as the character of that number (Latin-1), in UTF-8: byte strings of protocols 1 and 2. */
    LATIN1,
    /** The same in Python's raw-unicode-escape: byte strings of protocol 0. */
    RAW_UNICODE_ESCAPE,
    /** Inside of a literal of Python 2, as its {@code repr} writes it: strings of its protocol 0. */
    PYTHON2_LITERAL;

    /** Whether bytes are text. */
    boolean isText() {
        return this != STORED && this != DEFLATED;
    }
}
