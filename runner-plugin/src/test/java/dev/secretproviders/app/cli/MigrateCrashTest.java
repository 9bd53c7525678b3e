package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.app.cli.MigrateFixture.Ran;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A migration that ends at any moment loses no key, and another run goes on where it ended. */
final class MigrateCrashTest extends WithMigration {
    /** Not each one, so that the test stays short. An object needs four or more, so every sort of request is met. */
    private static final int EACH = 3;

    /** Killed when the secret is written and the gateway has the key, and when the gateway got the reference. */
    @ParameterizedTest
    @ValueSource(
            strings = {"PUT /apisix/admin/consumers/jack/credentials/one", "answered PUT /apisix/admin/consumers/rose"})
    void killedAtAnyMomentItLosesNoKeyAndCanRunAgainAndBeUndone(String moment) throws Exception {
        Map<String, JsonNode> before = fixture.objects();

        killedAt(moment, "--to", "vault/prod", "--apply");

        fixture.noKeyIsLost();
        fixture.noFileHoldsAKey();
        Ran again = fixture.migrate("--to", "vault/prod", "--apply");
        assertThat(again.code()).as(again.toString()).isZero();
        assertThat(MigrateFixture.KEYS)
                .allSatisfy(key -> assertThat(fixture.inGateway(key)).startsWith("$secret://"));
        fixture.noKeyIsLost();

        Ran undone = fixture.migrate("--to", "vault/prod", "--undo", "--apply");
        assertThat(undone.code()).as(undone.toString()).isZero();
        assertThat(fixture.objects()).isEqualTo(before);
    }

    @Test
    void anUndoThatIsKilledLosesNoKeyEither() throws Exception {
        Map<String, JsonNode> before = fixture.objects();
        fixture.migrate("--to", "vault/prod", "--apply");

        killedAt("answered PUT /apisix/admin/consumers/rose", "--to", "vault/prod", "--undo", "--apply");

        fixture.noKeyIsLost();
        Ran undone = fixture.migrate("--to", "vault/prod", "--undo", "--apply");
        assertThat(undone.code()).as(undone.toString()).isZero();
        assertThat(fixture.objects()).isEqualTo(before);
    }

    /** Requests of all sorts get no answer: before the gateway took them, and after. */
    @ParameterizedTest
    @ValueSource(strings = {"", "answered "})
    void whicheverRequestFailsNoKeyIsLostAndAnotherRunGoesOn(String when) {
        int requests = 1;
        for (int failing = 1; failing <= requests; failing += EACH) {
            AtomicInteger seen = new AtomicInteger();
            int number = failing;
            fixture.gateway.onRequest(request -> {
                boolean counts = request.startsWith("answered ") != when.isEmpty()
                        && request.contains("/apisix/admin/consumers");
                if (counts && seen.incrementAndGet() == number) {
                    throw new IllegalStateException("the connection breaks here");
                }
            });

            fixture.migrate("--to", "vault/prod", "--apply", "--accept-native");
            requests = Math.max(requests, seen.get());
            fixture.gateway.onRequest(request -> {});

            fixture.noKeyIsLost();
            assertThat(fixture.migrate("--to", "vault/prod", "--apply").code()).isZero();
            fixture.noKeyIsLost();
            assertThat(fixture.migrate("--to", "vault/prod", "--undo", "--apply")
                            .code())
                    .isZero();
            fixture.noKeyIsLost();
        }
        assertThat(requests).isGreaterThan(15);
    }

    /** Runs the command in a process of its own and ends that with SIGKILL when the gateway sees a request. */
    private void killedAt(String moment, String... arguments) throws Exception {
        CompletableFuture<Process> running = new CompletableFuture<>();
        fixture.gateway.onRequest(request -> {
            if (request.equals(moment)) {
                Process process = running.join();
                process.destroyForcibly();
                var _ = process.onExit().join();
                if (request.startsWith("PUT ")) {
                    throw new IllegalStateException("the request never arrives");
                }
            }
        });
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "migrate",
                "--config",
                fixture.configuration.toString()));
        command.addAll(List.of(arguments));
        Path printed = directory.resolve("printed");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        running.complete(process);

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as("the exit code of SIGKILL; it printed %s", Files.readString(printed))
                .isEqualTo(137);
        assertThat(Files.readString(printed)).doesNotContain(MigrateFixture.CANARY);
        fixture.gateway.onRequest(request -> {});
    }
}
