package dev.secretproviders.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of versions made from content, and what of a name other runners know. */
class ContentDigesterTest {
    private final ContentDigester digester = new ContentDigester();

    private static SecretContent content(String value) {
        return SecretContent.ofFields(Map.of("key", Secret.ofUtf8(value)));
    }

    @Test
    void equalContentHasOneNameHereAndAnotherOneElsewhere() {
        String name = digester.version(content("first"));
        assertThat(digester.version(content("first"))).isEqualTo(name);
        assertThat(digester.version(content("second"))).isNotEqualTo(name);
        assertThat(new ContentDigester().version(content("first"))).isNotEqualTo(name);
        assertThat(ContentDigester.sharedName(name)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "3-content-00ab12cd, 3",
        "3, 3",
        "0a1b2c3d-0000-4000-8000-000000000000, 0a1b2c3d-0000-4000-8000-000000000000",
        "terraform-content-update, terraform-content-update",
    })
    void otherRunnersKnowWhatIsNoDigest(String name, String shared) {
        assertThat(ContentDigester.sharedName(name)).isEqualTo(shared);
    }
}
