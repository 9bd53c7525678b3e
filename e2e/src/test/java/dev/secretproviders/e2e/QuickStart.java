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
 * Prepares a quick start of the packaged runner as the distribution has it: its jar is extracted, since looking classes up in
 * so many nested jars is most of what a start does, and its classes are linked ahead of time. That costs about five starts,
 * once per jar.
 */
final class QuickStart {
    /** What starts here lives for seconds: compiling it to the last makes it slower, not faster. */
    static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    /** The launcher's; the archive fits no other. */
    private static final String HEADERS = "-XX:+UseCompactObjectHeaders";

    private static final Path PLACE = Path.of("target", "quick-start").toAbsolutePath();
    /** Its end writes the archive, in a process of its own. */
    private static final Duration END_OF_TRAINING = Duration.ofMinutes(3);

    /** Made by the first who asks. */
    static final Installed INSTALLED = prepare();

    /** Where things are. */
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

    /** A run that loads what most runs need. */
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
