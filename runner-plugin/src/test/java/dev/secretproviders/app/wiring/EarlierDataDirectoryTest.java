package dev.secretproviders.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.app.control.OpenedStore;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ConfigurationSource;
import dev.secretproviders.audit.AuditCopies;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.audit.AuditRecord;
import dev.secretproviders.audit.Verification;
import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.SaltedHash;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.transport.route.TokenFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * Data directories and configurations of earlier commits work with the runner of today. {@code earlier/make.sh} made them. {@code
 * EarlierStoreTest} has the store of the last commit without a manifest.
 *
 * <ul>
 *   <li>{@code dcb8794}: certificates and the access log; last-known-good in format 2
 *   <li>{@code 95daa5f}: tokens of routes; last-known-good in format 3
 * </ul>
 */
final class EarlierDataDirectoryTest {
    private static final Path FIXTURES = Path.of("src/test/resources/earlier");
    private static final RouteConf ROUTE = RouteConf.of("orders", "secret-key-auth", "{}");
    private static final List<String> FILES =
            List.of("store.mv.db", "keyring", "last-known-good", "conf-tokens", "store-counter");

    @TempDir
    private Path directory;

    private Path copied(String commit) throws Exception {
        Path data = Files.createDirectory(
                directory.resolve("data"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        for (String name : FILES) {
            // What is no text has an ending that says so.
            Path file = FIXTURES.resolve(commit).resolve(name.matches("keyring|.*db") ? name : name + ".bin");
            if (Files.exists(file)) {
                Files.write(
                        Files.createFile(
                                data.resolve(name),
                                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))),
                        Files.readAllBytes(file));
            }
        }
        for (String name : List.of("application.yaml", "apisix.yaml")) {
            Files.writeString(
                    directory.resolve(name),
                    Files.readString(FIXTURES.resolve(name)).replace("DIRECTORY", directory.toString()));
        }
        return directory.resolve("application.yaml");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dcb8794", "95daa5f"})
    void isServedByTheRunnerOfToday(String commit) throws Exception {
        ConfigurationSource source = new ConfigurationSource(
                copied(commit), directory.resolve("r.sock").toString());
        String done = new Startup(source).withConfiguration(true, configuration -> {
            try (Runner runner = Runner.of(configuration, configuration.runner().transport())) {
                runner.start(null);
                runner.awaitKeys();
                try (RunnerClient gateway =
                        RunnerClient.open(runner.server().options().socket())) {
                    await().until(() -> accepts(gateway, "the-second-key-of-jack"));
                    assertThat(accepts(gateway, "the-key-of-jill"))
                            .as("last-known-good, while the manager is away")
                            .isTrue();
                    assertThat(accepts(gateway, "the-first-key-of-jack"))
                            .as("a version that was revoked")
                            .isFalse();
                }
                assertThat(Objects.requireNonNull(runner.control()).status().problem())
                        .isNull();
            }
            return "done";
        });
        assertThat(done).isEqualTo("done");
        assertThat(directory.resolve("data/last-known-good.refused")).doesNotExist();
        new Startup(source).<String>withConfiguration(false, configuration -> {
            itsStoreIsIntact(
                    configuration, Files.readString(FIXTURES.resolve(commit).resolve("known-token")));
            return "";
        });
    }

    private static boolean accepts(RunnerClient gateway, String key) {
        return gateway.call(GatewayRequest.get("/").header("apikey", key), ROUTE) instanceof Outcome.Continue;
    }

    private static void itsStoreIsIntact(Configuration configuration, String token) throws Exception {
        try (OpenedStore store = OpenedStore.open(configuration.control(), false);
                AuditLog audit = AuditLog.open(
                        store.sealed(), store.chainKey(), InstantSource.system(), Duration.ZERO, AuditCopies.none())) {
            assertThat(store.sealed().verify()).isEmpty();
            assertThat(audit.verify()).isInstanceOf(Verification.Intact.class);
            assertThat(audit.query(AuditQuery.all()).records().stream().map(AuditRecord::code))
                    .contains("token.create", "secret.revoke");
            String hash = JsonMapper.shared()
                    .readTree(Objects.requireNonNull(store.sealed().get("token/" + token.substring(3, 15)))
                            .value())
                    .path("hash")
                    .asString();
            try (Secret secret = Secret.ofUtf8(token.strip().substring(16))) {
                assertThat(SaltedHash.decode(hash).matches(secret)).isTrue();
            }
        }
    }

    @Test
    void tokensThatApisixGotForItsRoutesAreRead() throws Exception {
        Path data = copied("95daa5f").resolveSibling("data");
        FipsModule _ = FipsModule.load();
        Sealer sealer = new Sealer(MasterKeyring.ofFile(data.resolve("keyring")));

        byte[] plain = sealer.open("conf-tokens", Files.readAllBytes(data.resolve("conf-tokens")));

        assertThat(TokenFormat.read(plain, Instant.parse("2026-11-29T00:00:00Z")))
                .singleElement()
                .satisfies(known -> assertThat(known.source().toString())
                        .isEqualTo("PrepareConf[route#orders#ext-plugin-pre-req#1]"));
    }

    @Test
    void formatsOfLaterVersionsAreRefusedWithTheVersionsAndTheRemedy() throws Exception {
        Path data = copied("95daa5f").resolveSibling("data");
        FipsModule _ = FipsModule.load();
        Sealer sealer = new Sealer(MasterKeyring.ofFile(data.resolve("keyring")));
        byte[] sealed = Files.readAllBytes(data.resolve("conf-tokens"));
        byte[] plain = sealer.open("conf-tokens", sealed);

        plain[3] = 2;
        assertThat(failure(() -> TokenFormat.read(plain, Instant.EPOCH))).contains("it has format 2", "reads format 1");
        sealed[3] = '2';
        assertThat(failure(() -> sealer.open("conf-tokens", sealed)))
                .contains("sealed in the form SPS2", "opens SPS1 only", "use a later version");
        sealed[0] = 'x';
        assertThat(failure(() -> sealer.open("conf-tokens", sealed))).doesNotContain("later version");
    }

    private static String failure(Callable<?> action) {
        try {
            Object unexpected = action.call();
            return "no failure but " + unexpected.getClass();
        } catch (Exception e) {
            return String.valueOf(e.getMessage());
        }
    }
}
