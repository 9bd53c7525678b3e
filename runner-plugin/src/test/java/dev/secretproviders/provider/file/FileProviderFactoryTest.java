package dev.secretproviders.provider.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.provider.TestProviders;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FileProviderFactoryTest {

    @Test
    void oneOfDirectoryAndPathIsNeeded() {
        assertThat(TestProviders.problems(new FileProviderFactory(), Map.of()))
                .containsExactly("providers.file.test.directory: is required, or path for a single file");
        assertThat(TestProviders.problems(new FileProviderFactory(), Map.of("directory", "/a", "path", "/b.yaml")))
                .containsExactly("providers.file.test.path: cannot stand beside directory; write one of the two");
    }

    @Test
    void formatIsToldByTheName() {
        assertThat(TestProviders.problems(new FileProviderFactory(), Map.of("path", "/etc/keys.txt")))
                .containsExactly(
                        "providers.file.test.path: expected a file that ends in .properties, .yaml, .yml or .json");
        assertThat(TestProviders.problems(new FileProviderFactory(), Map.of("path", "/etc/keys.YML")))
                .isEmpty();
    }
}
