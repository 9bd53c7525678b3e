package dev.secretproviders.app.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.store.Store;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreSettingsTest {
    @TempDir
    private Path directory;

    private final Problems problems = new Problems();

    @Test
    void embeddedUnlessSaidOtherwise() throws Exception {
        StoreSettings settings = read(Map.of());

        assertThat(settings.remote()).isFalse();
        assertThatThrownBy(() -> settings.requirePresent(directory)).hasMessageContaining("there is no store at");
        try (Store store = settings.open(directory)) {
            assertThat(store.status().place()).endsWith("store.mv.db");
        }
        settings.requirePresent(directory);
    }

    @Test
    void etcdIsReachedAsItsSectionSays() throws Exception {
        StoreSettings settings =
                read(Map.of("type", "etcd", "etcd", Map.of("endpoints", List.of("http://127.0.0.1:1"))));

        assertThat(settings.remote()).isTrue();
        try (Store store = settings.open(directory)) {
            assertThat(store.status().place()).isEqualTo("http://127.0.0.1:1/secret-providers");
        }
    }

    @Test
    void problemsNameTheFieldAndTheRemedy() {
        read(Map.of(
                "type", "etcd", "etcd", Map.of("endpoints", List.of("etcd:2379"), "username", "me", "prefx", "/x")));
        read(Map.of("type", "redis"));

        assertThatThrownBy(problems::throwIfAny)
                .hasMessageContaining("etcd.endpoints: expected addresses such as http://127.0.0.1:2379")
                .hasMessageContaining("etcd.password: username and password go together")
                .hasMessageContaining("etcd.prefx: is not a known field")
                .hasMessageContaining("type:");
    }

    private StoreSettings read(Map<String, ?> fields) {
        Settings section = Settings.root(fields, problems);
        StoreSettings settings = StoreSettings.read(section, Map.of());
        section.finish();
        return settings;
    }
}
