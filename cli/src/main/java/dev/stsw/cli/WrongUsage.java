package dev.stsw.cli;

/// Options that do not go together, or with this input. The message names the option, and no file is to blame.
final class WrongUsage extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    WrongUsage(String message) {
        super(message);
    }
}
