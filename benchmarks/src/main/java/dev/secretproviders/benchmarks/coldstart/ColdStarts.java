package dev.secretproviders.benchmarks.coldstart;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.statistics.Spread;
import dev.secretproviders.benchmarks.subject.JvmCommand;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.benchmarks.subject.StartUp;
import dev.secretproviders.benchmarks.subject.Subject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Starts servers again and again, in turn, each on the server's processors. */
public record ColdStarts(Processors processors, Workplace workplace, int repeats) {

    /**
     * What was measured.
     *
     * @param name of the start
     * @param socketMillis from exec until the socket accepted
     * @param answerMillis from exec until every key was answered rightly
     * @param residentMib memory held then
     */
    public record Measured(String name, Spread socketMillis, Spread answerMillis, Spread residentMib) {}

    /**
     * All of it.
     *
     * @param helloMillis from exec to the end of a program that prints a line
     * @param starts of servers
     */
    public record Report(Spread helloMillis, List<Measured> starts) {
        /** Copies the list. */
        public Report {
            starts = List.copyOf(starts);
        }
    }

    /**
     * Measures.
     *
     * @param subjects to be started with nothing known
     * @param remembering to be started, too, with what its process before left behind, while its secrets cannot be read
     */
    public Report run(List<Subject> subjects, Runner remembering) throws IOException, InterruptedException {
        List<Double> hello = new ArrayList<>();
        Map<String, List<StartUp>> starts = new LinkedHashMap<>();
        Path known = workplace.directory();
        remember(remembering, known);
        for (int i = 0; i < repeats; i++) {
            hello.add(hello());
            for (Subject subject : subjects) {
                try (RunningSubject running = subject.start(processors, workplace.directory())) {
                    add(starts, subject.name() + ", nothing known", running.startUp());
                }
            }
            try (RunningSubject running = remembering.startAgain(processors, known)) {
                add(starts, remembering.name() + ", last-known-good", running.startUp());
            }
        }
        return new Report(
                Spread.of(hello),
                starts.entrySet().stream()
                        .map(entry -> measured(entry.getKey(), entry.getValue()))
                        .toList());
    }

    private void remember(Runner runner, Path directory) throws IOException, InterruptedException {
        try (RunningSubject running = runner.start(processors, directory)) {
            running.endAndHideSecrets();
        }
    }

    private double hello() throws IOException, InterruptedException {
        List<String> command = JvmCommand.of()
                .classpath(System.getProperty("java.class.path"))
                .main(Hello.class.getName());
        try (ServerProcess process =
                ServerProcess.start(processors, workplace.directory(), command, Map.of())) {
            return millis(process.awaitEnd());
        }
    }

    private static void add(Map<String, List<StartUp>> starts, String name, StartUp start) {
        starts.computeIfAbsent(name, _ -> new ArrayList<>()).add(start);
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
