package dev.secretproviders.admin.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The section {@code events}. */
final class PushSettingsTest {
    private static List<String> problems(Map<String, ?> section) {
        Problems problems = new Problems();
        PushSettings settings = PushSettings.read(Settings.root(section, problems));
        assertThat(settings.enabled()).isFalse();
        return problems.lines();
    }

    @Test
    void withoutTheSectionNobodyMayPush() {
        assertThat(problems(Map.of())).isEmpty();
    }

    @Test
    void everyProblemIsSaidWithItsRemedy() {
        assertThat(problems(Map.of("gcp", Map.of("audience", "a"), "azure", Map.of("tenant-id", "contoso"))))
                .containsExactlyInAnyOrder(
                        "gcp.service-account: is required",
                        "azure.tenant-id: expected an id such as 11111111-2222-3333-4444-555555555555",
                        "azure.audience: is required: the id or URI of the application that the event subscription"
                                + " names");
        assertThat(problems(Map.of(
                        "gcp", Map.of("audience", "a", "service-account", "a@b.c", "keys-url", "http://keys.example"))))
                .containsExactly("gcp.keys-url: expected https: who can change what is sent over http can send events");
    }

    @Test
    void keysAreThoseOfGoogleAndOfTheTenant() {
        PushSettings settings = PushSettings.read(Settings.root(
                Map.of(
                        "gcp", Map.of("audience", "a", "service-account", "a@b.c"),
                        "azure", Map.of("tenant-id", "11111111-2222-3333-4444-555555555555", "audience", "b")),
                new Problems()));
        assertThat(Objects.requireNonNull(settings.gcp()).keys())
                .hasToString("https://www.googleapis.com/oauth2/v3/certs");
        assertThat(Objects.requireNonNull(settings.azure()).keys())
                .hasToString(
                        "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/discovery/v2.0/keys");
    }
}
