package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.e2e.RunnerProcess.Finished;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The configuration, read again by a runner that serves requests all the while. */
class ReloadTest {
    private static final String FIRST = "the-key-of-jack-in-the-first-place";
    private static final String SECOND = "the-key-of-jack-in-the-second-place";

    @TempDir
    Path directory;

    @IndependentTest
    void whatCanChangeIsInForceAndAWrongFileChangesNothing() throws Exception {
        jack();
        String first = place("first", FIRST);
        String second = place("second", SECOND);
        try (RunnerProcess runner = RunnerProcess.start(directory, yaml(first, "info", 0), Map.of());
                AdminClient admin = runner.admin()) {
            runner.awaitStatus(200, FIRST);

            write(yaml(second, "info", 0) + "servr: {}\n");
            Finished wrong = runner.beside("reload");
            assertThat(wrong.code()).isEqualTo(2);
            assertThat(wrong.out()).contains("servr: is not a known field");
            assertThat(admin.post("/admin/reload", "{}").status()).isEqualTo(409);
            assertThat(runner.statusFor(SECOND)).isEqualTo(401);
            assertThat(runner.statusFor(FIRST)).isEqualTo(200);

            write(yaml(second, "debug", 3));
            Finished right = runner.beside("reload");
            assertThat(right.code()).as(right.out()).isZero();
            assertThat(right.out())
                    .contains("in force: providers.file.mounted, logging.level.root")
                    .contains("in force after a restart: runner.event-loops");
            runner.awaitStatus(200, SECOND);

            write(yaml(second, "info", 3).replace("  file: {mounted: {directory: " + second + "}}\n", "  file: {}\n"));
            assertThat(runner.beside("reload").out()).contains("providers.file.mounted (removed)");
            // Said while it is read, with the level of before.
            assertThat(runner.log()).contains("\"level\":\"DEBUG\"");
            await().until(() -> runner.statusFor(SECOND) != 200);
            assertThat(admin.get("/admin/audit").expect(200).json().path("list").findValuesAsString("event_type"))
                    .contains("reload", "reload.failed");
        }
    }

    /** As {@code kill -HUP}, and what init scripts do. */
    @IndependentTest
    void hangUpSignalReadsItAgain() throws Exception {
        String first = place("first", FIRST);
        String second = place("second", SECOND);
        jack();
        try (RunnerProcess runner = RunnerProcess.start(directory, yaml(first, "info", 0), Map.of());
                AdminClient admin = runner.admin()) {
            runner.awaitStatus(200, FIRST);

            write(yaml(second, "info", 0) + "servr: {}\n");
            hangUp(runner);
            await().until(() -> runner.log().contains("\"event\":\"reload.refused\""));
            assertThat(runner.log()).contains("servr: is not a known field");
            assertThat(runner.statusFor(FIRST)).isEqualTo(200);

            write(yaml(second, "info", 0));
            hangUp(runner);
            runner.awaitStatus(200, SECOND);
            JsonNode records =
                    admin.get("/admin/audit?action=reload*").expect(200).json().path("list");
            assertThat(records.findValuesAsString("event_type")).containsExactly("reload", "reload.failed");
            assertThat(records.findValuesAsString("source")).containsOnly("signal");
        }
    }

    @IndependentTest
    void runnerThatWasStartedToIgnoreHangUpsIgnoresThem() throws Exception {
        String first = place("first", FIRST);
        String second = place("second", SECOND);
        jack();
        RunnerCommand nohup =
                new RunnerCommand(Stream.concat(Stream.of("nohup"), RunnerCommand.quick().words().stream())
                        .toList());
        try (RunnerProcess runner = RunnerProcess.start(directory, yaml(first, "info", 0), Map.of(), nohup);
                AdminClient admin = runner.admin()) {
            runner.awaitStatus(200, FIRST);
            write(yaml(second, "info", 0));
            hangUp(runner);
            // Comes after the signal, and is recorded after what the signal did.
            assertThat(admin.post("/admin/reload", "{}").status()).isEqualTo(200);
            runner.awaitStatus(200, SECOND);
            assertThat(admin.get("/admin/audit?action=reload*")
                            .expect(200)
                            .json()
                            .path("list")
                            .findValuesAsString("source"))
                    .containsExactly("api");
        }
    }

    private static void hangUp(RunnerProcess runner) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-HUP", Long.toString(runner.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    private void jack() throws IOException {
        RunnerProcess.consumers(directory, """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://file/mounted/jack}}
                """);
    }

    private String place(String name, String key) throws IOException {
        Path place = Files.createDirectory(directory.resolve(name));
        Files.writeString(place.resolve("jack"), key);
        return place.toString();
    }

    private void write(String yaml) throws IOException {
        Files.writeString(directory.resolve("application.yaml"), yaml);
    }

    private String yaml(String secrets, String level, int eventLoops) {
        return RunnerProcess.consumersFromFile(directory) + """
                runner: {event-loops: %d}
                logging: {level: {root: %s}}
                providers:
                  file: {mounted: {directory: %s}}
                """.formatted(eventLoops, level, secrets);
    }
}
