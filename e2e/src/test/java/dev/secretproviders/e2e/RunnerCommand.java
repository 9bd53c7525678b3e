package dev.secretproviders.e2e;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The beginning of a command line that runs the packaged runner. */
record RunnerCommand(List<String> words) {
    RunnerCommand {
        words = List.copyOf(words);
    }

    /**
     * Returns the command for tests to which the kind of start does not matter: the same classes and libraries, ready
     * after 6 s of processor time instead of 20.
     */
    static RunnerCommand quick() {
        return QuickStart.INSTALLED.command(QuickStart.OPTIONS);
    }

    /** Returns the runner as it is installed, without options: for tests of the package or its performance. */
    static RunnerCommand asDocumented() {
        return java(List.of(), QuickStart.INSTALLED.jar());
    }

    /** Returns the command of the distribution's launcher: for tests of the time of a start. */
    static RunnerCommand installed(String... options) {
        return QuickStart.INSTALLED.command(List.of(options));
    }

    static RunnerCommand java(List<String> options, Path jar) {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.add("--enable-native-access=ALL-UNNAMED");
        words.add("--sun-misc-unsafe-memory-access=allow");
        words.addAll(options);
        words.add("-jar");
        words.add(jar.toString());
        return new RunnerCommand(words);
    }

    /** Returns the jar of the build. */
    static Path packaged() {
        return Path.of(Objects.requireNonNull(System.getProperty("runner.jar"), "the build sets runner.jar"));
    }

    List<String> with(List<String> arguments) {
        List<String> all = new ArrayList<>(words);
        all.addAll(arguments);
        return all;
    }
}
