package dev.stsw.benchmarks;

/// The least that a program on the virtual machine can do: what start-up costs without us.
final class Floor {
    private Floor() {}

    /// Prints a line.
    public static void main(String[] args) {
        System.out.println("hello");
    }
}
