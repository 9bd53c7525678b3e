package dev.secretproviders.provider.azure;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import org.junit.jupiter.api.Test;

final class JdkConnectionsTest {
    @Test
    void redirectsAreNotFollowedWhateverTheLibraryAsksFor() {
        try (JdkConnections connections = new JdkConnections(Runnable::run);
                HttpClient made = connections.followRedirects(Redirect.ALWAYS).build()) {
            assertThat(made.followRedirects()).isEqualTo(Redirect.NEVER);
        }
    }
}
