package dev.secretproviders.benchmarks.coldstart;

/** The least that a JVM can do: its start is the unit in which other starts are told. */
final class Hello {
    private Hello() {}

    /** Says hello. */
    public static void main(String[] arguments) {
        System.out.println("hello, world");
    }
}
