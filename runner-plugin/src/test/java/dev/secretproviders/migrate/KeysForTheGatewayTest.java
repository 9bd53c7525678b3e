package dev.secretproviders.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which texts of secrets would become the same key in the gateway. */
final class KeysForTheGatewayTest {
    @Test
    void onlyTextThatStaysTheSameKeyGoesIntoTheGateway() {
        assertThat(unfit("key-ä漢🔑")).isNull();
        assertThat(unfit("")).contains("is empty");
        assertThat(unfit("sha256:" + "ab".repeat(32))).contains("is a hash");
        assertThat(unfit("$secret://vault/prod/a/b")).contains("is itself a reference");
        assertThat(unfit("$ENV://KEY")).contains("is itself a reference");
        try (Secret latin = Secret.owning("ä".getBytes(StandardCharsets.ISO_8859_1))) {
            assertThat(Keys.unfitForGateway(latin)).contains("is not text in UTF-8");
        }
    }

    private static @Nullable String unfit(String text) {
        try (Secret key = Secret.ofUtf8(text)) {
            return Keys.unfitForGateway(key);
        }
    }
}
