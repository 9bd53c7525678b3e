package dev.secretproviders.app.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.admin.AdminApi;
import dev.secretproviders.app.settings.ControlSettings;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditCopies;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.audit.Verification;
import dev.secretproviders.crypto.SaltedHash;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** A store of commit 6d0e859, the last one without a manifest, opens with every later version. */
final class EarlierStoreTest {
    private static final String FIXTURE = "/store-of-6d0e859/";

    @TempDir
    private Path directory;

    private ControlSettings settings;

    @BeforeEach
    void copy() throws Exception {
        for (String name : List.of("store.mv.db", "keyring")) {
            Path file = Files.createFile(
                    directory.resolve(name),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(file, fixture(name));
        }
        settings = ControlSettings.read(Settings.root(Map.of(), new Problems()), directory, Map.of());
    }

    @Test
    void itsRecordsAndItsTokenAreGoodAndItGetsItsManifestOnce() throws Exception {
        String token = new String(fixture("known-token"), StandardCharsets.US_ASCII).strip();
        for (int start = 0; start < 2; start++) {
            try (OpenedStore store = OpenedStore.open(settings);
                    AuditLog audit = audit(store)) {
                store.foundManifest(audit);

                assertThat(store.sealed().verify()).isEmpty();
                assertThat(store.sealed().list("provider/").entries()).hasSize(3);
                assertThat(store.sealed().list("secret/").entries()).hasSize(2);
                assertThat(store.sealed().list("revocation/").entries()).hasSize(2);
                assertThat(store.sealed().list("token/").entries()).hasSize(3);
                Stored known = Objects.requireNonNull(store.sealed().get("token/" + token.substring(3, 15)));
                String hash =
                        JsonMapper.shared().readTree(known.value()).path("hash").asString();
                try (Secret secret = Secret.ofUtf8(token.substring(16))) {
                    assertThat(SaltedHash.decode(hash).matches(secret)).isTrue();
                }
                AtomicLong looked = new AtomicLong();
                assertThat(audit.verify(looked::set))
                        .isInstanceOfSatisfying(
                                Verification.Intact.class,
                                intact -> assertThat(looked).hasValue(intact.count()));
                assertThat(audit.query(AuditQuery.all()).records().stream()
                                .filter(record -> record.code().equals("manifest.create")))
                        .hasSize(1);
            }
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("store-counter"))))
                .isEqualTo("rw-------");
    }

    @Test
    void itsFirstTokenIsTheOneThatAResetEnds() throws Exception {
        String known = new String(fixture("known-token"), StandardCharsets.US_ASCII).substring(3, 15);
        try (OpenedStore store = OpenedStore.open(settings);
                AuditLog audit = audit(store)) {
            store.foundManifest(audit);
            String first = new String(
                    Objects.requireNonNull(store.raw().get("meta/first-token")).value(), StandardCharsets.US_ASCII);
            assertThat(first).isNotEqualTo(known);

            assertThat(AdminApi.resetFirstToken(
                            store.sealed(),
                            audit,
                            InstantSource.system(),
                            directory.resolve("admin-token"),
                            Actor.RUNNER))
                    .isTrue();

            assertThat(store.raw().get("meta/first-token")).isNull();
            assertThat(store.sealed().verify()).isEmpty();
            assertThat(store.sealed().get("token/" + first)).isNull();
            assertThat(store.sealed().get("token/" + known)).isNotNull();
            assertThat(store.sealed().list("token/").entries()).hasSize(3);
        }
    }

    @Test
    void itsManifestMustNotGoMissingAgainInAnyDataDirectory() throws Exception {
        found();
        try (EmbeddedStore raw = EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO)) {
            raw.commit(Transaction.EMPTY.delete("manifest/root"));
        }

        assertThatThrownBy(this::found).isInstanceOf(StoreException.class).hasMessageContaining("lost its manifest");
        Files.delete(directory.resolve("store-counter"));
        assertThatThrownBy(this::found).isInstanceOf(StoreException.class).hasMessageContaining("lost its manifest");
    }

    @Test
    void theFileOfBeforeIsRefusedOnceThereWasAManifest() throws Exception {
        found();
        Files.write(directory.resolve("store.mv.db"), fixture("store.mv.db"));

        assertThatThrownBy(this::found).isInstanceOf(StoreException.class).hasMessageContaining("restore --accept");
        assertThatThrownBy(this::found).isInstanceOf(StoreException.class);
        try (OpenedStore store = OpenedStore.open(settings, true);
                AuditLog audit = audit(store)) {
            store.foundManifest(audit);
        }
        found();
    }

    @Test
    void aHeadOfTheAuditLogThatWasPutBackIsFound() throws Exception {
        found();
        byte[] before;
        try (EmbeddedStore raw = EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO)) {
            before = Objects.requireNonNull(raw.get("audit/head")).value();
        }
        long last;
        try (OpenedStore store = OpenedStore.open(settings);
                AuditLog audit = audit(store)) {
            audit.record(AuditEvent.done(EventCode.BACKUP, Actor.RUNNER, "store"));
            last = audit.query(AuditQuery.all()).records().getFirst().id();
        }
        try (EmbeddedStore raw = EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO)) {
            raw.commit(Transaction.EMPTY.put("audit/head", before).delete("audit/record/%020d".formatted(last)));
        }

        try (OpenedStore store = OpenedStore.open(settings);
                AuditLog audit = audit(store)) {
            assertThat(audit.verify())
                    .isInstanceOfSatisfying(
                            Verification.Broken.class,
                            broken -> assertThat(broken.what()).contains("audit/head was put back"));
            assertThatThrownBy(() -> audit.record(AuditEvent.done(EventCode.BACKUP, Actor.RUNNER, "store")))
                    .hasMessageContaining("audit/head");
        }
    }

    private void found() throws StoreException, CannotStartException {
        try (OpenedStore store = OpenedStore.open(settings);
                AuditLog audit = audit(store)) {
            store.foundManifest(audit);
        }
    }

    private static AuditLog audit(OpenedStore store) {
        return AuditLog.open(
                store.sealed(), store.chainKey(), InstantSource.system(), Duration.ZERO, AuditCopies.none());
    }

    private static byte[] fixture(String name) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(EarlierStoreTest.class.getResourceAsStream(FIXTURE + name), name)) {
            return in.readAllBytes();
        }
    }
}
