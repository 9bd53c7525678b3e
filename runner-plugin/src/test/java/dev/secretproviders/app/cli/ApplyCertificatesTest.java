package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.certificate.TestGateway;
import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order in which {@code apply} writes and deletes what refers to something else. */
class ApplyCertificatesTest {
    private static OpenBao bao;

    @TempDir
    private Path directory;

    private final ApisixAdminApi gateway = ApisixAdminApi.start();
    private AdminFixture admin;
    private Path secrets;

    @BeforeAll
    static void startBao() {
        bao = OpenBao.start();
        bao.put("sys/mounts/pki", Map.of("type", "pki", "config", Map.of("max_lease_ttl", "8760h")));
        bao.put("pki/root/generate/internal", Map.of("common_name", "A root of OpenBao", "ttl", "8760h"));
        bao.put(
                "pki/roles/web",
                Map.of("allowed_domains", "example.com", "allow_subdomains", true, "key_type", "ec", "key_bits", 256));
    }

    @AfterAll
    static void stopBao() {
        bao.close();
    }

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(Files.createDirectory(directory.resolve("runner")), TestGateway.settings(gateway));
        secrets = Files.createDirectory(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("token"), bao.rootToken());
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
        gateway.close();
    }

    private CommandRun apply(String yaml, String... more) throws IOException {
        Path file = Files.writeString(directory.resolve("all.yaml"), yaml);
        Path token = Files.writeString(directory.resolve("token"), admin.firstToken);
        List<String> line = new ArrayList<>(List.of(
                "apply",
                "-f",
                file.toString(),
                "--yes",
                "--admin",
                admin.uri().toString(),
                "--token-file",
                token.toString()));
        line.addAll(List.of(more));
        CommandRun run = CommandRun.of(line);
        assertThat(run.printed()).doesNotContain(bao.rootToken());
        return run;
    }

    /** The names sort against the order in which the objects need each other. */
    private String providers() {
        return """
            providers:
              vault/bao: {uri: "%s", prefix: secret, pki: pki, token: "$secret://file/z/token"}
              file/z: {directory: %s}
            """.formatted(bao.uri(), secrets);
    }

    private static String certificate(String name) {
        return """
            certificates:
              issued: {snis: [%s.example.com], issuer: {provider: vault/bao, role: web}}
            """.formatted(name);
    }

    @Test
    void certificateIsWrittenAfterTheProviderThatIssuesItAndDeletedBeforeIt() throws Exception {
        CommandRun created = apply(providers() + certificate("a"));

        assertThat(created.code()).as(created.printed()).isZero();
        assertThat(created.out())
                .containsSubsequence(
                        "created provider file/z", "created provider vault/bao", "created certificate issued");
        assertThat(created.err())
                .contains("create certificate issued: refers to provider vault/bao, so it is tried when that is there");

        CommandRun pruned = apply("providers:\ncertificates:\n", "--prune");

        assertThat(pruned.code()).as(pruned.printed()).isZero();
        assertThat(pruned.out())
                .containsSubsequence(
                        "deleted certificate issued", "deleted provider vault/bao", "deleted provider file/z");
        assertThat(pruned.err())
                .contains("delete provider vault/bao: what refers to it is changed first")
                .contains("delete provider file/z: what refers to it is changed first");
    }

    @Test
    void providerThatStillIssuesACertificateIsNotDeleted() throws Exception {
        assertThat(apply(providers() + certificate("a")).code()).isZero();

        CommandRun refused = apply("providers:\n" + certificate("b"), "--prune");

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("would be refused: delete provider vault/bao", "Nothing was changed.");
        assertThat(admin.get("/admin/certificates/issued").expect(200).text()).contains("a.example.com");
    }
}
