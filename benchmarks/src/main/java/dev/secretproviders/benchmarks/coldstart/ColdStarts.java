package dev.secretproviders.benchmarks.coldstart;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.statistics.Spread;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.benchmarks.subject.StartUp;
import dev.secretproviders.benchmarks.subject.Subject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Starts servers repeatedly, in turn, each on all processors, as in production. The driver uses little processor time:
 * it checks once a millisecond whether the server answers.
 *
 * @param repeats how many times each is started
 */
public record ColdStarts(Processors processors, Workplace workplace, int repeats) {

    /**
     * One kind of start.
     *
     * @param socketMillis from exec until the socket accepted
     * @param answerMillis from exec until answers to keys were right
     * @param residentMib resident memory at that time
     */
    public record Measured(String name, Spread socketMillis, Spread answerMillis, Spread residentMib) {}

    /**
     * The times of all starts.
     *
     * @param helloMillis from exec to the end of a program that prints a line
     * @param usual our runner without saved state
     * @param remembering our runner with last-known-good, while its secrets cannot be read
     * @param confined the same on the server's processors only
     * @param others what they are compared with
     */
    public record Report(
            Spread helloMillis, Measured usual, Measured remembering, Measured confined, List<Measured> others) {
        /** Copies the list. */
        public Report {
            others = List.copyOf(others);
        }

        /** Returns all starts of servers. */
        public List<Measured> all() {
            List<Measured> all = new ArrayList<>(List.of(usual, remembering, confined));
            all.addAll(others);
            return all;
        }

        /** Returns a time in multiples of the median start of a hello-world JVM. */
        public Spread inHellos(Spread millis) {
            double hello = helloMillis.median();
            return new Spread(millis.median() / hello, millis.low() / hello, millis.high() / hello, millis.count());
        }
    }

    /** Measures all starts. */
    public Report run(Runner usual, List<Subject> others) throws IOException, InterruptedException {
        Processors all = processors.undivided();
        Path helloClass = helloClass();
        List<Double> hello = new ArrayList<>();
        Map<Subject, List<StartUp>> fresh = new LinkedHashMap<>();
        List<StartUp> remembering = new ArrayList<>();
        List<StartUp> confined = new ArrayList<>();
        List<Subject> subjects = new ArrayList<>(List.of(usual));
        subjects.addAll(others);
        Path known = workplace.directory();
        try (RunningSubject running = usual.start(all, known)) {
            running.endAndHideSecrets();
        }
        for (int i = 0; i < repeats; i++) {
            hello.add(hello(all, helloClass));
            for (Subject subject : subjects) {
                try (RunningSubject running = subject.start(all, workplace.directory())) {
                    fresh.computeIfAbsent(subject, _ -> new ArrayList<>()).add(running.startUp());
                }
            }
            try (RunningSubject running = usual.startAgain(all, known)) {
                remembering.add(running.startUp());
            }
            try (RunningSubject running = usual.startAgain(processors, known)) {
                confined.add(running.startUp());
            }
        }
        return new Report(
                Spread.of(hello),
                measured(usual.name() + ", nothing known", Objects.requireNonNull(fresh.get(usual))),
                measured(usual.name() + ", last-known-good", remembering),
                measured(
                        usual.name() + ", last-known-good, on " + processors.serverCount() + " processor(s)", confined),
                others.stream()
                        .map(subject -> measured(subject.name(), Objects.requireNonNull(fresh.get(subject))))
                        .toList());
    }

    /** Starts a JVM without options and with a short class path, since both slow the start. */
    private double hello(Processors all, Path classes) throws IOException, InterruptedException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classes.toString(),
                Hello.class.getName());
        try (ServerProcess process = ServerProcess.start(all, workplace.directory(), command, Map.of())) {
            return millis(process.awaitEnd());
        }
    }

    /** Returns a directory that contains only the program. */
    private Path helloClass() throws IOException {
        Path classes = workplace.directory();
        String name = Hello.class.getName().replace('.', '/') + ".class";
        Path file = classes.resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        try (InputStream bytes = Objects.requireNonNull(Hello.class.getResourceAsStream("/" + name))) {
            Files.copy(bytes, file);
        }
        return classes;
    }

    private static Measured measured(String name, List<StartUp> starts) {
        return new Measured(
                name,
                Spread.of(starts.stream().map(start -> millis(start.socket())).toList()),
                Spread.of(starts.stream().map(start -> millis(start.answer())).toList()),
                Spread.of(starts.stream().map(StartUp::residentMib).toList()));
    }

    private static double millis(Duration duration) {
        return duration.toNanos() / 1e6;
    }
}
