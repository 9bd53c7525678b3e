package dev.secretproviders.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Prepares a quick start of the packaged runner: its jar is extracted by its own tool, since looking classes up in 140 nested
 * jars is most of what a start does, and its classes are linked ahead of time. That costs about five starts, once per jar.
 */
final class QuickStart {
    /** What starts here lives for seconds: compiling it to the last makes it slower, not faster. */
    private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private static final Path PLACE = Path.of("target", "quick-start").toAbsolutePath();
    /** Its end writes the archive, in a process of its own. */
    private static final Duration END_OF_TRAINING = Duration.ofMinutes(3);

    /** Made by the first who asks. */
    static final RunnerCommand COMMAND = prepare();

    private QuickStart() {}

    private static RunnerCommand prepare() {
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
            return RunnerCommand.java(options("-XX:AOTCache=" + archive), jar);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static List<String> options(String ofTheArchive) {
        return Stream.concat(OPTIONS.stream(), Stream.of(ofTheArchive)).toList();
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
        RunnerCommand training = RunnerCommand.java(options("-XX:AOTCacheOutput=" + unfinished), jar);
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
