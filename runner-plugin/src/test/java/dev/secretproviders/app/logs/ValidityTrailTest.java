package dev.secretproviders.app.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.audit.TestAudit;
import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.embedded.EmbeddedStore;
import dev.secretproviders.validity.Validity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the audit log says of when credentials count. */
class ValidityTrailTest {
    private static final String COUNTS = "jack: key-auth counts from now on";
    private static final String DISABLED = "jack: key-auth is disabled";

    private final DirectoryFixture it = new DirectoryFixture();
    private final List<String> expected = new ArrayList<>();
    private final Store store;
    private final AuditLog audit;
    private final ValidityTrail trail;

    ValidityTrailTest(@TempDir Path directory) throws StoreException {
        store = EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO);
        audit = TestAudit.open(store);
        trail = new ValidityTrail(audit, it.directory, it.secrets.resolver);
        trail.start();
    }

    @AfterEach
    void end() {
        it.close();
        audit.close();
        store.close();
    }

    private static Validity label(String name, String value) {
        return Validity.ofLabels("credential", Map.of(name, value)::get);
    }

    private String in(Duration time) {
        return it.secrets.clock().plus(time).toString();
    }

    private void jackIs(String disabled) {
        has("jack", it.literal(null, "jack-key").with(label("disabled", disabled)));
    }

    private void has(String username, Credential credential) {
        it.consumer(username, credential).publish();
        trail.look();
    }

    private void jacksSecretIs(String version, String... fields) {
        it.secrets.provider.put("jack", version, fields);
        refresh();
    }

    private void refresh() {
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
        it.settle();
        trail.look();
    }

    private void pass(Duration time) {
        it.secrets.pass(time);
        it.settle();
        it.look();
        trail.look();
    }

    /** Checks that the next event, and no other, was recorded. Events are written in order. */
    private void recorded(String event) {
        expected.add(event);
        await().until(() -> told().size() >= expected.size());
        assertThat(told()).isEqualTo(expected);
    }

    private List<String> told() {
        try {
            return audit.query(AuditQuery.all()).records().reversed().stream()
                    .filter(record -> record.code().startsWith("credential.validity"))
                    .map(record -> record.object().replace("consumers/", "") + ": "
                            + record.json()
                                    .path(record.code().endsWith(".failed") ? "error_message" : "message")
                                    .asString(""))
                    .toList();
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void credentialsThatCountNoLongerOrAgainAreRecordedButNotWhatIsSoAtTheStart() {
        jackIs("true");
        jackIs("false");
        recorded(COUNTS);
        jackIs("true");
        recorded(DISABLED);
    }

    @Test
    void credentialThatIsCreatedWithLimitsIsRecorded() {
        it.publish();
        trail.look();
        jackIs("true");
        recorded(DISABLED);
        String begin = in(Duration.ofMinutes(1));
        has("rose", it.literal(null, "rose-key").with(label("not_before", begin)));
        recorded("rose: key-auth does not count before " + begin);
        has("anna", it.literal(null, "anna-key").with(label("not_before", "soon")));
        recorded("anna: key-auth: the credential's label not_before ('soon') is not a time; write one like"
                + " 2027-01-31T12:00:00Z, or seconds since 1970");
        pass(Duration.ofMinutes(1));
        recorded("rose: key-auth counts from now on");
    }

    @Test
    void secretThatIsKnownLaterIsRecordedIfItIsLimited() {
        it.secrets.provider.fail("jack", Kind.UNAVAILABLE);
        has("jack", it.referenced(null, "jack/key"));
        jacksSecretIs("1", "key", "jack-key", "disabled", "true");
        recorded(DISABLED);
    }

    @Test
    void credentialWhoseSecretHasNoValueDoesNotCountFromThenOn() {
        jacksSecretIs("1", "key", "jack-key", "disabled", "true");
        has("jack", it.referenced(null, "jack/key"));
        it.secrets.provider.missing("jack");
        refresh();
        has("rose", it.literal(null, "rose-key").with(label("disabled", "true")));
        recorded("rose: key-auth is disabled");
        jacksSecretIs("2", "key", "jack-key");
        recorded(COUNTS);
    }

    @Test
    void credentialThatWasDeletedIsForgotten() {
        it.publish();
        trail.look();
        jackIs("true");
        recorded(DISABLED);
        it.without("jack").publish();
        trail.look();
        has("jack", it.literal(null, "jack-key"));
        jackIs("true");
        recorded(DISABLED);
    }

    @Test
    void rotationToAVersionThatBeginsLaterIsRecordedAsThatOfTheVersion() {
        jacksSecretIs("1", "key", "jack-key");
        has("jack", it.referenced(null, "jack/key"));
        String begin = in(Duration.ofMinutes(1));
        jacksSecretIs("2", "key", "next-key", "not_before", begin);
        recorded("jack: key-auth: its current version does not count before " + begin);
    }
}
