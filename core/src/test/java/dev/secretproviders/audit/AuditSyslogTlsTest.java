package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.event;
import static dev.secretproviders.audit.AuditFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.peers.Rsyslog;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.sink.AuditSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.JsonNodeFactory;

/** Copies of records to a real rsyslog over TLS (RFC 5425). */
@Timeout(60)
class AuditSyslogTlsTest extends WithAuditLog {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final TestCertificates.Issued authority =
            TestCertificates.authority("A root").make();

    private Path file(String name, String content) throws IOException {
        return Files.writeString(temp.resolve(name), content);
    }

    private Rsyslog rsyslog(String name, boolean mutual) throws IOException {
        TestCertificates.Issued own =
                TestCertificates.server(name).by(authority).make();
        return Rsyslog.start(
                file("root.pem", authority.own()),
                file("server.pem", own.own()),
                file("server.key", own.key()),
                mutual);
    }

    private AuditLog copying(Rsyslog server, TestCertificates.Issued trusted, TestCertificates.@Nullable Issued client)
            throws IOException {
        Map<String, String> tls = new HashMap<>();
        tls.put("ca_file", file("trusted.pem", trusted.own()).toString());
        if (client != null) {
            tls.put("cert_file", file("client.pem", client.own()).toString());
            tls.put("key_file", file("client.key", client.key()).toString());
        }
        Problems problems = new Problems();
        Map<String, ?> audit = Map.of("syslog", "tls://localhost:" + server.port(), "syslog-tls", tls);
        AuditSettings settings = AuditSettings.read(
                Settings.root(Map.of("audit", audit), problems).section("audit"), Map.of());
        assertThat(problems.lines()).isEmpty();
        return fixture.copying(AuditCopies.to(settings.copies()));
    }

    @Test
    void recordsArriveAndTheConnectionComesBackAfterARestartOfTheServer() throws Exception {
        try (Rsyslog server = rsyslog("localhost", false)) {
            AuditLog log = copying(server, authority, null);
            log.record(event("p1"));
            log.record(event("p2")
                    .changing(null, JsonNodeFactory.instance.objectNode().put("desc", "x".repeat(100_000))));
            await().atMost(SOON).until(() -> server.messages().size() == 2);
            assertThat(server.messages().getFirst())
                    .startsWith("<109>1 2026-03-01T12:00:00.000Z ")
                    .endsWith(" provider.create - " + text(fixture.storedRecord(1)));
            assertThat(server.messages().getLast()).endsWith(text(fixture.storedRecord(2)));

            server.stop();
            server.startAgain();
            log.record(event("p3"));

            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(server.messages().getLast()).endsWith(text(fixture.storedRecord(3))));
        }
    }

    @Test
    void serverMayAskForOurCertificate() throws Exception {
        try (Rsyslog server = rsyslog("localhost", true)) {
            AuditLog log = copying(
                    server,
                    authority,
                    TestCertificates.server("runner").by(authority).forClients().make());
            log.record(event("p1"));

            await().atMost(SOON).until(() -> server.messages().size() == 1);
        }
    }

    @Test
    void serverOfAnotherNameOrAnotherAuthorityGetsNothing() throws Exception {
        try (Rsyslog misnamed = rsyslog("another.example", false)) {
            AuditLog log = copying(misnamed, authority, null);
            log.record(event("p1"));
            await().atMost(SOON).until(() -> log.copies().failures() > 0);
            assertThat(misnamed.messages()).isEmpty();
        }
        try (Rsyslog unknown = rsyslog("localhost", false)) {
            AuditLog log =
                    copying(unknown, TestCertificates.authority("Another root").make(), null);
            log.record(event("p2"));
            await().atMost(SOON).until(() -> log.copies().failures() > 0);
            assertThat(unknown.messages()).isEmpty();
        }
    }
}
