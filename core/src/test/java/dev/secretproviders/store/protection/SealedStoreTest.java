package dev.secretproviders.store.protection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.HeardChanges;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.Store.Watch;
import dev.secretproviders.store.StoreContract;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store contract for a sealed store, and its additional guarantees. */
final class SealedStoreTest extends StoreContract {
    private static final String CANARY = "c4n4ry-value";

    @TempDir
    private Path directory;

    private EmbeddedStore plain;
    private SealedStore sealed;

    @BeforeEach
    void open() throws Exception {
        plain = EmbeddedStore.open(directory.resolve("data/store.db"), Duration.ZERO);
        sealed = sealedUnder((byte) 1);
    }

    private SealedStore sealedUnder(byte... masterKeys) {
        Secret[] keys = new Secret[masterKeys.length];
        for (int i = 0; i < keys.length; i++) {
            byte[] key = new byte[32];
            Arrays.fill(key, masterKeys[i]);
            keys[i] = Secret.owning(key);
        }
        return new SealedStore(plain, new Sealer(MasterKeyring.of(keys)), Set.of("audit/", "meta/"));
    }

    @AfterEach
    void close() {
        sealed.close();
    }

    @Override
    public Store store() {
        return sealed;
    }

    @Test
    void valuesAreSealedExceptBelowThePrefixesInClear() throws Exception {
        put("provider/vault/prod", CANARY);
        put("audit/record/1", CANARY);
        put("meta/schema", CANARY);

        assertThat(raw("provider/vault/prod")).doesNotContain(CANARY);
        assertThat(raw("audit/record/1")).isEqualTo(CANARY);
        assertThat(raw("meta/schema")).isEqualTo(CANARY);
        assertThat(text(get("provider/vault/prod"))).isEqualTo(CANARY);
    }

    @Test
    void aDamagedEntryIsNamedAndTheOthersAreRead() throws Exception {
        put("provider/vault/a", CANARY);
        put("provider/vault/b", CANARY);
        put("provider/vault/c", CANARY);
        damage("provider/vault/b");

        assertThatThrownBy(() -> sealed.get("provider/vault/b"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("provider/vault/b")
                .hasMessageNotContaining(CANARY);
        Listing listing = sealed.list("provider/");
        assertThat(texts(listing)).containsExactly("provider/vault/a=" + CANARY, "provider/vault/c=" + CANARY);
        assertThat(listing.damaged()).containsExactly("provider/vault/b");
        assertThat(sealed.status().problem()).contains("provider/vault/b");

        put("provider/vault/b", "whole again");
        assertThat(sealed.list("").damaged()).isEmpty();
        assertThat(sealed.status().problem()).isNull();
    }

    @Test
    void anEntryCannotTakeThePlaceOfAnother() throws Exception {
        put("provider/vault/a", "a");

        plain.commit(Transaction.EMPTY.put("provider/vault/b", sealedValue("provider/vault/a")));

        assertThat(sealed.list("").damaged()).containsExactly("provider/vault/b");
    }

    @Test
    void aValueThatWasNeverSealedIsNotTaken() throws Exception {
        plain.commit(Transaction.EMPTY.put("provider/vault/a", bytes("{}")).put("provider/vault/b", new byte[0]));

        assertThat(sealed.list("").damaged()).containsExactly("provider/vault/a", "provider/vault/b");
    }

    @Test
    void aWatchGoesOnAfterADamagedEntry() throws Exception {
        long before = put("provider/vault/a", "1");
        HeardChanges heard = new HeardChanges();
        try (Watch _ = sealed.watch("provider/", before, heard)) {
            damage("provider/vault/a");
            put("provider/vault/b", "1");
            heard.awaitTold("provider/vault/b=1");

            put("provider/vault/a", "2");
            committed(Transaction.EMPTY.delete("provider/vault/a"));
            heard.awaitTold("provider/vault/b=1", "provider/vault/a=2", "provider/vault/a deleted");
        }
    }

    @Test
    void anotherMasterKeyOpensNothingAndChangesNothing() throws Exception {
        put("provider/vault/a", "1");
        String before = raw("provider/vault/a");

        SealedStore other = sealedUnder((byte) 2);

        assertThat(other.list("").damaged()).containsExactly("provider/vault/a");
        assertThatThrownBy(() -> other.get("provider/vault/a")).hasMessageContaining("master key");
        assertThat(other.rewrap()).isZero();
        assertThat(raw("provider/vault/a")).isEqualTo(before);
    }

    @Test
    void rewrappedEntriesNeedTheNewMasterKeyOnly() throws Exception {
        for (int i = 0; i < 120; i++) {
            put("secret/" + i, "value " + i);
            put("audit/record/" + i, "clear");
        }
        put("provider/vault/damaged", "1");
        damage("provider/vault/damaged");

        assertThat(sealedUnder((byte) 2, (byte) 1).rewrap())
                .as("contents are not opened, the damaged one neither")
                .isEqualTo(121);

        Listing listing = sealedUnder((byte) 2).list("");
        assertThat(listing.damaged()).containsExactly("provider/vault/damaged");
        assertThat(texts(listing)).hasSize(240).contains("secret/7=value 7", "secret/99=value 99");
        assertThat(sealedUnder((byte) 2).rewrap()).isZero();
    }

    private String raw(String key) throws StoreException {
        return new String(sealedValue(key), StandardCharsets.ISO_8859_1);
    }

    private byte[] sealedValue(String key) throws StoreException {
        return plain.list(Range.prefix(key).limit(1)).entries().getFirst().value();
    }

    private void damage(String key) throws StoreException {
        byte[] value = sealedValue(key);
        value[value.length - 20] ^= 1;
        plain.commit(Transaction.EMPTY.put(key, value));
    }
}
