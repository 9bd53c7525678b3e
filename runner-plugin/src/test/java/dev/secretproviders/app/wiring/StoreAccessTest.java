package dev.secretproviders.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.app.control.ControlPlane;
import dev.secretproviders.app.control.OpenedStore;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ConfigurationSource;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditCopies;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.control.Revocation;
import dev.secretproviders.control.Revocations;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.transport.UnixSocketServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A runner gives its store away for a takeover that fails, and goes on as before. */
final class StoreAccessTest {
    private static final RouteConf ROUTE = RouteConf.of("orders", "secret-key-auth", "{}");

    @TempDir
    private Path directory;

    @Test
    void runnerThatGetsItsStoreBackGoesOnAsBefore() throws Exception {
        Path secrets = Files.createDirectory(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("jack"), "the-key-of-jack");
        consumers("jack");
        Path yaml = Files.writeString(directory.resolve("application.yaml"), """
                runner: {data-dir: %1$s/data, socket: {path: %1$s/runner.sock}}
                consumers: {source: file, file: {path: %1$s/apisix.yaml}}
                providers: {file: {main: {directory: %1$s/secrets}}}
                """.formatted(directory));
        String done = new Startup(new ConfigurationSource(yaml, null)).withConfiguration(true, configuration -> {
            Runner runner = Runner.of(configuration, configuration.runner().transport());
            try {
                runner.start(null);
                runner.awaitKeys();
                CredentialDirectory keys = runner.directory();
                await().until(() -> keys.size() == 1);

                assertThat(runner.store().release()).isZero();
                assertThat(runner.control()).isNull();
                assertThat(keys.size()).as("keys are still known").isEqualTo(1);
                consumers("jack", "jill");
                await("consumers to be followed")
                        .until(() -> keys.consumers().consumers().size() == 2);

                runner.store().reclaim();
                await().until(() -> runner.control() != null);
                ControlPlane again = Objects.requireNonNull(runner.control());
                assertThat(again.status().problem()).isNull();
                assertThat(configuration.store().commit(Transaction.EMPTY.put("provider/x/y", new byte[0])))
                        .as("the store can be written")
                        .isNotNull();
                assertThat(keys.size()).isEqualTo(1);
                return "done";
            } finally {
                runner.close();
            }
        });
        assertThat(done).isEqualTo("done");
    }

    @Test
    void revocationThatAnotherRunnerMakesWhileTheStoreIsGivenAwayIsInForce() throws Exception {
        Path secrets = Files.createDirectory(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("jack"), "the-key-of-jack");
        consumers("jack");
        try (Etcd etcd = Etcd.start()) {
            Path yaml =
                    Files.writeString(directory.resolve("application.yaml"), """
                    runner: {data-dir: %1$s/data, socket: {path: %1$s/runner.sock}}
                    consumers: {source: file, file: {path: %1$s/apisix.yaml}}
                    providers: {file: {main: {directory: %1$s/secrets}}}
                    store: {type: etcd, etcd: {endpoints: ["%2$s"]}}
                    """.formatted(directory, etcd.endpoint()));
            String done = new Startup(new ConfigurationSource(yaml, null)).withConfiguration(true, configuration -> {
                Runner runner = Runner.of(configuration, configuration.runner().transport());
                try (RunnerClient gateway =
                        RunnerClient.open(started(runner).options().socket())) {
                    Callable<Boolean> accepted =
                            () -> gateway.call(GatewayRequest.get("/").header("apikey", "the-key-of-jack"), ROUTE)
                                    instanceof Outcome.Continue;
                    await().until(accepted);
                    assertThat(runner.store().release()).isZero();
                    assertThat(accepted.call()).isTrue();

                    revoke(configuration, "jack");

                    await().until(() -> !accepted.call());
                    return "done";
                } finally {
                    runner.close();
                }
            });
            assertThat(done).isEqualTo("done");
        }
    }

    private static UnixSocketServer started(Runner runner) throws Exception {
        runner.start(null);
        runner.awaitKeys();
        return runner.server();
    }

    /** Does what another runner does that shares the store. */
    private static void revoke(Configuration configuration, String secret) throws Exception {
        try (OpenedStore store = OpenedStore.open(configuration.control(), false);
                AuditLog audit = AuditLog.open(
                        store.sealed(),
                        store.chainKey(),
                        InstantSource.system(),
                        Duration.ofDays(1),
                        AuditCopies.to(configuration.control().audit().copies()));
                Resolver other = Resolver.start(List.of(), configuration.digester());
                Revocations revocations = new Revocations(store.sealed(), audit, other)) {
            revocations.start();
            revocations.revoke(
                    new Revocation(new ProviderId("file", "main"), secret, null, null, "alice", Instant.now()),
                    AuditEvent.done(EventCode.SECRET_REVOKE, Actor.RUNNER, secret));
        }
    }

    private void consumers(String... names) throws Exception {
        StringBuilder yaml = new StringBuilder("consumers:\n");
        for (String name : names) {
            yaml.append("  - {username: ")
                    .append(name)
                    .append(", plugins: {key-auth: {key: $secret://file/main/")
                    .append(name)
                    .append("}}}\n");
        }
        Path next = Files.writeString(directory.resolve("next.yaml"), yaml.append("#END\n"));
        Files.move(
                next,
                directory.resolve("apisix.yaml"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }
}
