package dev.secretproviders.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Transaction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store in an etcd with TLS and client certificates, reached through the configuration. */
class EtcdTlsTest {
    @TempDir
    private Path directory;

    @Test
    void storeIsReachedWithTheRightCertificatesOnly() throws Exception {
        authority("ca");
        certificate("server", "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth");
        certificate("runner", "extendedKeyUsage=clientAuth");
        authority("stranger");
        try (Etcd etcd = Etcd.startWithTls(directory)) {
            try (Store store = open(
                    etcd,
                    Map.of(
                            "ca_file",
                            file("ca.pem"),
                            "cert_file",
                            file("runner.pem"),
                            "key_file",
                            file("runner.key")))) {
                CommitResult result =
                        store.commit(Transaction.EMPTY.put("provider/a", "x".getBytes(StandardCharsets.UTF_8)));
                assertThat(result).isInstanceOf(CommitResult.Committed.class);
                assertThat(Objects.requireNonNull(store.get("provider/a")).value())
                        .asString()
                        .isEqualTo("x");
            }
            refused(etcd, Map.of("ca_file", file("ca.pem")));
            refused(
                    etcd,
                    Map.of(
                            "ca_file",
                            file("stranger.pem"),
                            "cert_file",
                            file("runner.pem"),
                            "key_file",
                            file("runner.key")));
            refused(
                    etcd,
                    Map.of(
                            "ca_file",
                            file("ca.pem"),
                            "cert_file",
                            file("stranger.pem"),
                            "key_file",
                            file("stranger.key")));
        }
    }

    /** Netty loads the module to read a key, and the module takes its mode when it is loaded. */
    @Test
    void clientKeyLeavesTheCryptographicModuleInItsMode() throws Exception {
        authority("ca");
        EtcdAccess access =
                access("https://127.0.0.1:1", Map.of("cert_file", file("ca.pem"), "key_file", file("ca.key")));

        assertThat(access.tls()).isNotNull();
        assertThat(FipsModule.load().approvedOnly()).isTrue();
    }

    private static void refused(Etcd etcd, Map<String, Object> tls) throws Exception {
        try (Store store = open(etcd, tls)) {
            assertThatThrownBy(() -> store.get("provider/a")).as(tls.toString()).isInstanceOf(StoreException.class);
        }
    }

    private static Store open(Etcd etcd, Map<String, Object> tls) throws Exception {
        EtcdAccess access = access(etcd.endpoint().toString(), tls);
        assertThat(access.tls()).isNotNull();
        return EtcdStore.open(access);
    }

    private static EtcdAccess access(String endpoint, Map<String, Object> tls) throws Exception {
        Problems problems = new Problems();
        EtcdAccess access = EtcdAccess.read(
                Settings.root(Map.of("endpoints", List.of(endpoint), "timeout", "5s", "tls", tls), problems),
                "/tls",
                Map.of());
        problems.throwIfAny();
        return access;
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }

    private void authority(String name) throws Exception {
        openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=%1$s -keyout %1$s.key -out %1$s.pem", name);
    }

    private void certificate(String name, String extensions) throws Exception {
        openssl("req -newkey rsa:2048 -nodes -subj /CN=%1$s -keyout %1$s.key -out %1$s.csr", name);
        Files.writeString(directory.resolve(name + ".ext"), extensions + "\n");
        openssl(
                "x509 -req -in %1$s.csr -days 2 -CA ca.pem -CAkey ca.key -CAcreateserial -extfile %1$s.ext -out %1$s.pem",
                name);
    }

    private void openssl(String arguments, String name) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.formatted(name).split(" ")));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
    }
}
