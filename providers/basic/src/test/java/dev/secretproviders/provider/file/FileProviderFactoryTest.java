package dev.secretproviders.provider.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.testkit.NoCredentials;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FileProviderFactoryTest {

    @Test
    void oneOfDirectoryAndPathIsNeeded() {
        assertThat(problems(Map.of()))
                .containsExactly("providers.file.test.directory: is required, or path for a single file");
        assertThat(problems(Map.of("directory", "/a", "path", "/b.yaml")))
                .containsExactly("providers.file.test.path: cannot be used together with directory; write one of them");
    }

    @Test
    void formatIsToldByTheName() {
        assertThat(problems(Map.of("path", "/etc/keys.txt")))
                .containsExactly(
                        "providers.file.test.path: expected a file that ends in .properties, .yaml, .yml or .json");
        assertThat(problems(Map.of("path", "/etc/keys.YML"))).isEmpty();
    }

    private static List<String> problems(Map<String, ?> fields) {
        Problems problems = new Problems();
        Settings root = Settings.root(Map.of("providers", Map.of("file", Map.of("test", fields))), problems);
        Settings object = root.section("providers").section("file").section("test");
        FileProviderFactory factory = new FileProviderFactory();
        factory.create(new ProviderId("file", "test"), object, Duration.ofSeconds(1), new NoCredentials())
                .close();
        object.check(factory.descriptor());
        root.finish();
        return problems.lines();
    }
}
