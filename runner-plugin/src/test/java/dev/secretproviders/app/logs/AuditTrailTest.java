package dev.secretproviders.app.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.spi.ProviderId;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class AuditTrailTest {
    private static final ProviderId VAULT = new ProviderId("vault", "prod");

    @TempDir
    private Path directory;

    @Test
    void recordOfARotationNamesBothVersionsInFieldsAsFarAsTheManagerNamesThem() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory);
                AuditTrail trail = new AuditTrail(
                        admin.audit,
                        admin.resolver,
                        new ReferenceLog(admin.consumers),
                        new ValidityTrail(admin.audit, admin.consumers, admin.resolver))) {
            trail.rotated(VAULT, "jack", "1", "2");
            trail.rotated(VAULT, "rose", "content-0123456789abcdef", "content-fedcba9876543210");

            AuditQuery rotations = AuditQuery.all().doing("rotation");
            await().until(() -> admin.audit.query(rotations).records().size() == 2);
            JsonNode named = admin.audit
                    .query(rotations.about("vault/prod/jack"))
                    .records()
                    .getFirst()
                    .json();
            assertThat(named.at("/before/version").asString()).isEqualTo("1");
            assertThat(named.at("/after/version").asString()).isEqualTo("2");
            assertThat(named.path("message").asString()).isEqualTo("from version 1 to 2");
            JsonNode unnamed = admin.audit
                    .query(rotations.about("vault/prod/rose"))
                    .records()
                    .getFirst()
                    .json();
            assertThat(unnamed.has("before")).isFalse();
            assertThat(unnamed.toString()).doesNotContain("content-");
        }
    }
}
