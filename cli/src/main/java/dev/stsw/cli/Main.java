package dev.stsw.cli;

/** Stub. */
public final class Main {
    private Main() {}

    /** Stub. */
    public static void main(String[] args) {
        System.out.println("stsw");
    }
}
