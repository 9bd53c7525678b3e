package dev.secretproviders.benchmarks.restart;

import dev.secretproviders.benchmarks.process.CpuGroup;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.benchmarks.subject.KeyFile;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.RunningSubject;
import dev.secretproviders.benchmarks.subject.StartUp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Measures starts of a runner that remembers its keys: on a quiet machine, and while nginx answers as many requests as
 * it can on all processors. The runner has no part in those requests.
 */
final class BusyStarts {
    private static final int KEYS = 10_000;
    private static final List<String> NICE = List.of("nice", "-n", "-5");

    private BusyStarts() {}

    /** How the runner is started, and against what. */
    enum Kind {
        IDLE("idle", false),
        BUSY("busy", true),
        EQUAL("busy, groups of equal weight", true),
        WEIGHTED("busy, weight of the systemd unit", true),
        NICE("busy, nice -5", true);

        private final String title;
        private final boolean busy;

        Kind(String title, boolean busy) {
            this.title = title;
            this.busy = busy;
        }

        String title() {
            return title;
        }

        private boolean grouped() {
            return this == EQUAL || this == WEIGHTED;
        }
    }

    /** Measures each kind that this user may use, in turn. */
    static Map<Kind, List<StartUp>> measure(
            Processors processors, Workplace workplace, Path launcher, Path plugin, int starts)
            throws IOException, InterruptedException {
        Map<Kind, List<StartUp>> measured = new EnumMap<>(Kind.class);
        Runner runner = new Runner("runner", launcher, new KeyFile(new Credentials(KEYS)));
        Processors all = processors.undivided();
        Path known = workplace.directory();
        try (RunningSubject running = runner.start(all, known)) {
            running.endAndHideSecrets();
        }
        boolean nice = niceWorks();
        for (int i = 0; i < starts; i++) {
            for (Kind kind : Kind.values()) {
                if (kind == Kind.NICE && !nice) {
                    continue;
                }
                Optional<StartUp> start = kind.grouped()
                        ? grouped(kind, runner, all, known, workplace, plugin)
                        : Optional.of(alone(kind, runner, all, known, workplace, plugin));
                start.ifPresent(up ->
                        measured.computeIfAbsent(kind, _ -> new ArrayList<>()).add(up));
            }
        }
        return measured;
    }

    private static StartUp alone(Kind kind, Runner runner, Processors all, Path known, Workplace workplace, Path plugin)
            throws IOException, InterruptedException {
        List<String> by = kind == Kind.NICE ? NICE : List.of();
        if (!kind.busy) {
            return start(runner, all, known, by);
        }
        try (RequestLoad _ = RequestLoad.start(all, workplace.directory(), plugin)) {
            return start(runner, all, known, by);
        }
    }

    private static Optional<StartUp> grouped(
            Kind kind, Runner runner, Processors all, Path known, Workplace workplace, Path plugin)
            throws IOException, InterruptedException {
        try (Weights weights = Weights.of(kind == Kind.WEIGHTED ? Weights.OF_THE_UNIT : CpuGroup.USUAL)
                .orElse(null)) {
            if (weights == null) {
                return Optional.empty();
            }
            try (RequestLoad load = RequestLoad.start(all, workplace.directory(), plugin)) {
                load.moveTo(weights.load());
                return Optional.of(start(runner, all, known, weights.runner().words()));
            }
        }
    }

    private static StartUp start(Runner runner, Processors all, Path known, List<String> by)
            throws IOException, InterruptedException {
        try (RunningSubject running = runner.startAgain(all, known, by)) {
            return running.startUp();
        }
    }

    /** Returns whether this user may raise a priority; nice itself only warns. */
    private static boolean niceWorks() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(NICE);
        command.add("nice");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        return process.waitFor() == 0 && said.strip().equals("-5");
    }
}
