package dev.secretproviders.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.store.StoreSchema.Step;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreSchemaTest {
    private static final List<Step> TWO_STEPS = List.of(
            store -> Transaction.EMPTY.put(
                    "new/a", Objects.requireNonNull(store.get("old/a")).value()),
            store -> Transaction.EMPTY.delete("old/a"));

    @TempDir
    private Path directory;

    private Store store;

    @BeforeEach
    void open() throws Exception {
        store = EmbeddedStore.open(directory.resolve("store.db"), Duration.ZERO);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void newStoreHasTheNewestVersion() throws Exception {
        StoreSchema.migrate(store, TWO_STEPS);
        assertThat(text(StoreSchema.KEY)).isEqualTo("3");
        long before = Objects.requireNonNull(store.get(StoreSchema.KEY)).revision();

        StoreSchema.migrate(store, TWO_STEPS);
        assertThat(Objects.requireNonNull(store.get(StoreSchema.KEY)).revision())
                .isEqualTo(before);
    }

    @Test
    void earlierVersionIsBroughtForwardStepByStep() throws Exception {
        StoreSchema.migrate(store, List.of());
        put("old/a", "content");

        StoreSchema.migrate(store, TWO_STEPS);

        assertThat(text(StoreSchema.KEY)).isEqualTo("3");
        assertThat(text("new/a")).isEqualTo("content");
        assertThat(store.get("old/a")).isNull();
    }

    @Test
    void stepThatFailsLeavesTheVersionBeforeIt() throws Exception {
        StoreSchema.migrate(store, List.of());
        put("old/a", "content");
        List<Step> second = List.of(TWO_STEPS.getFirst(), _ -> {
            throw new StoreException("no", null);
        });

        assertThatThrownBy(() -> StoreSchema.migrate(store, second)).isInstanceOf(StoreException.class);
        assertThat(text(StoreSchema.KEY)).isEqualTo("2");
        assertThat(text("old/a")).isEqualTo("content");
    }

    @Test
    void laterVersionIsLeftAlone() throws Exception {
        put(StoreSchema.KEY, "7");

        assertThatThrownBy(() -> StoreSchema.migrate(store))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("layout 7")
                .hasMessageContaining("use a later version");
        assertThat(text(StoreSchema.KEY)).isEqualTo("7");
    }

    @Test
    void versionThatIsNoNumberIsDamage() throws Exception {
        put(StoreSchema.KEY, "seven");

        assertThatThrownBy(() -> StoreSchema.migrate(store)).hasMessageContaining("damaged");
    }

    private void put(String key, String value) throws StoreException {
        CommitResult _ = store.commit(Transaction.EMPTY.put(key, value.getBytes(StandardCharsets.UTF_8)));
    }

    private String text(String key) throws StoreException {
        return new String(Objects.requireNonNull(store.get(key)).value(), StandardCharsets.UTF_8);
    }
}
