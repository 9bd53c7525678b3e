package dev.secretproviders.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Prepares a quick start of the packaged runner, like the distribution. Its jar is extracted, since looking up classes
 * in nested jars takes most of a start, and its classes are linked ahead of time. The preparation takes as long as five
 * starts, once per jar.
 */
final class QuickStart {
    /** These processes live for seconds, so full compilation would make them slower. */
    static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    /** The launcher's garbage collector; the archive works with no other. */
    private static final String HEADERS = "-XX:+UseCompactObjectHeaders";

    private static final Path PLACE = Path.of("target", "quick-start").toAbsolutePath();
    /** When the process ends, a separate process writes the archive. */
    private static final Duration END_OF_TRAINING = Duration.ofMinutes(3);

    /** Created at the first use. */
    static final Installed INSTALLED = prepare();

    /** The paths. */
    record Installed(Path jar, Path archive) {
        RunnerCommand command(List<String> more) {
            List<String> options = new ArrayList<>(List.of(HEADERS, "-XX:AOTCache=" + archive));
            options.addAll(more);
            return RunnerCommand.java(options, jar);
        }
    }

    private QuickStart() {}

    private static Installed prepare() {
        try {
            Path packaged = RunnerCommand.packaged();
            BasicFileAttributes attributes = Files.readAttributes(packaged, BasicFileAttributes.class);
            Path place = PLACE.resolve(attributes.lastModifiedTime().toMillis() + "-" + attributes.size());
            Path archive = place.resolve("runner.aot");
            Path jar = place.resolve(packaged.getFileName());
            if (!Files.exists(archive)) {
                delete(PLACE);
                extract(packaged, place);
                train(jar, place, archive);
            }
            return new Installed(jar, archive);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void extract(Path packaged, Path place) throws IOException, InterruptedException {
        Path said = Files.createDirectories(place).resolve("extract.log");
        List<String> words = RunnerCommand.java(List.of("-Djarmode=tools"), packaged)
                .with(List.of("extract", "--force", "--destination", place.toString()));
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IllegalStateException(packaged + " cannot be extracted: " + Files.readString(said));
        }
    }

    /** Runs the runner once, to load the classes that most runs need. */
    private static void train(Path jar, Path place, Path archive) throws IOException, InterruptedException {
        Path unfinished = place.resolve("unfinished.aot");
        RunnerCommand training = RunnerCommand.java(List.of(HEADERS, "-XX:AOTCacheOutput=" + unfinished), jar);
        Path directory = Files.createDirectories(place.resolve("training"));
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://local/own/jack/key}}
                """);
        try (RunnerProcess runner =
                        RunnerProcess.start(directory, RunnerProcess.consumersFromFile(directory), Map.of(), training);
                AdminClient admin = runner.admin()) {
            admin.put("/admin/providers/local/own", "{}").expect(201);
            admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'a-key-of-jack'}}")
                    .expect(201);
            runner.awaitStatus(200, "a-key-of-jack");
            runner.get("/actuator/prometheus");
            runner.terminate(END_OF_TRAINING);
        }
        Files.move(unfinished, archive);
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
