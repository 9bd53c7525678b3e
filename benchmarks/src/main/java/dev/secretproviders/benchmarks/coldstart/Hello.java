package dev.secretproviders.benchmarks.coldstart;

/** A minimal program: its start time is the unit for other starts. */
final class Hello {
    private Hello() {}

    /** Prints a line. */
    public static void main(String[] arguments) {
        System.out.println("hello, world");
    }
}
