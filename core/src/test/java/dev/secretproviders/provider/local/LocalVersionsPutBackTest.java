package dev.secretproviders.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretVersion;
import dev.secretproviders.spi.testkit.ProviderContract;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Restoring or removing records of earlier versions, which the store's manifest does not cover, can only deny those
 * versions.
 */
final class LocalVersionsPutBackTest {
    private static final String RECORD = "secret/test/jack";
    private static final String SECOND = "secret-version/test/jack/2";

    @TempDir
    private Path temp;

    private LocalFixture local;

    @BeforeEach
    void open() throws Exception {
        local = new LocalFixture(
                EmbeddedStore.open(temp.resolve("store"), Duration.ofSeconds(5)), Map.of("versions", 3));
    }

    @AfterEach
    void close() {
        local.close();
    }

    @Test
    void aNumberThatARestoreHadGivenAgainIsNotReadWithTheValuesOfBefore() throws Exception {
        write("one");
        Stored backup = stored(RECORD);
        write("leaked");
        write("three");
        byte[] leaked = stored(SECOND).value();
        local.store.commit(Transaction.EMPTY.put(RECORD, backup.value()).delete(SECOND));
        write("two again");
        write("three again");
        assertThat(previous("3")).isEqualTo("two again");

        local.store.commit(Transaction.EMPTY.put(SECOND, leaked));

        assertThatThrownBy(() -> previous("3"))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining(SECOND + " was put back");
        assertThat(fetched("2")).isInstanceOf(FetchResult.Failed.class);
        assertThatThrownBy(() -> local.secrets.rollback("test", "jack", 2, new Expiry.Kept(), LocalFixture.ANYHOW))
                .isInstanceOf(DamagedEntryException.class);
        assertThat(fetched(null)).as("the current one").isInstanceOf(FetchResult.Found.class);
    }

    @Test
    void aVersionWhoseValuesWereTakenAwayIsNotTakenForOneThatIsNoLongerKept() throws Exception {
        write("one");
        write("two");
        write("three");

        local.store.commit(Transaction.EMPTY.delete(SECOND));

        assertThat(fetched("2"))
                .as("the known value stays in force")
                .isInstanceOfSatisfying(
                        FetchResult.Failed.class,
                        failed -> assertThat(failed.cause()).hasMessageContaining(SECOND + " was deleted"));
        assertThatThrownBy(() -> previous("3")).hasMessageContaining(SECOND + " was deleted");

        local.secrets.destroy("test", "jack", 2, LocalFixture.ANYHOW);
        assertThat(previous("3")).isNull();
    }

    @Test
    void valuesOfADestroyedADroppedAndADeletedVersionThatArePutBackAreNotRead() throws Exception {
        write("one");
        write("two");
        write("three");
        byte[] second = stored(SECOND).value();

        local.secrets.destroy("test", "jack", 2, LocalFixture.ANYHOW);
        local.store.commit(Transaction.EMPTY.put(SECOND, second));
        assertThat(fetched("2")).isInstanceOf(FetchResult.Gone.class);
        assertThat(previous("3")).isNull();

        write("four");
        write("five");
        local.store.commit(Transaction.EMPTY.put(SECOND, second));
        assertThat(fetched("2")).isInstanceOf(FetchResult.Gone.class);

        local.secrets.delete("test", "jack", LocalFixture.ANYHOW);
        local.store.commit(Transaction.EMPTY.put(SECOND, second));
        assertThat(fetched("2")).isInstanceOf(FetchResult.Gone.class);
        assertThat(write("six").current().version()).as("numbers continue").isEqualTo(6);
        assertThat(fetched("2")).isInstanceOf(FetchResult.Gone.class);
    }

    @Test
    void versionsOfARecordThatAnEarlierReleaseWroteAreRead() throws Exception {
        write("one");
        write("two");
        ObjectNode earlier =
                (ObjectNode) JsonMapper.shared().readTree(stored(RECORD).value());
        assertThat(earlier.remove("digests")).as("what this release adds").hasSize(1);
        local.store.commit(Transaction.EMPTY.put(RECORD, JsonMapper.shared().writeValueAsBytes(earlier)));

        assertThat(previous("2")).isEqualTo("one");
        write("three");
        assertThat(previous("3")).isEqualTo("two");
        assertThat(fetched("1")).isInstanceOf(FetchResult.Found.class);
    }

    @Test
    void digestsGoWithTheirVersionsAndAreNotShown() throws Exception {
        for (String value : List.of("one", "two", "three", "four")) {
            write(value);
        }
        local.secrets.destroy("test", "jack", 2, LocalFixture.ANYHOW);

        assertThat(new String(stored(RECORD).value(), StandardCharsets.UTF_8)).contains("\"digests\":{\"3\":");
        assertThat(local.secrets.metadata("test", "jack").toString()).doesNotContain("digest");
    }

    private SecretMetadata write(String value) throws Exception {
        return local.put("jack", Map.of("key", value));
    }

    private Stored stored(String key) throws Exception {
        return Objects.requireNonNull(local.store.get(key), key);
    }

    private @Nullable String previous(String current) throws Exception {
        SecretVersion version = local.provider.fetchPrevious(SecretPath.current("jack"), current);
        return version == null ? null : ProviderContract.text(version, "key");
    }

    private FetchResult fetched(@Nullable String version) throws Exception {
        return ProviderContract.fetch(local.provider, new SecretPath("jack", version, null), null);
    }
}
