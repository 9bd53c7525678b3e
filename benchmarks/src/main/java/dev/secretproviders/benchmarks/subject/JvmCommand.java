package dev.secretproviders.benchmarks.subject;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command of a Java program on the JDK that runs this one. Mutable; for one command. */
public final class JvmCommand {
    private final List<String> words = new ArrayList<>();

    private JvmCommand() {
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.add("--enable-native-access=ALL-UNNAMED");
        words.add("--sun-misc-unsafe-memory-access=allow");
    }

    /** Creates a command without a program. */
    public static JvmCommand of() {
        return new JvmCommand();
    }

    /** Adds options. */
    public JvmCommand options(String... options) {
        words.addAll(List.of(options));
        return this;
    }

    /** Sets the classpath. */
    public JvmCommand classpath(String classpath) {
        return options("-cp", classpath);
    }

    /** Returns the command that runs a class. */
    public List<String> main(String mainClass, String... arguments) {
        words.add(mainClass);
        words.addAll(List.of(arguments));
        return List.copyOf(words);
    }

    /** Returns the command that runs a jar. */
    public List<String> jar(Path jar, String... arguments) {
        options("-jar", jar.toString());
        words.addAll(List.of(arguments));
        return List.copyOf(words);
    }
}
