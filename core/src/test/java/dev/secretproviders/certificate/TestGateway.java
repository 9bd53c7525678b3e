package dev.secretproviders.certificate;

import dev.secretproviders.apisix.AdminApiClient;
import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.spi.Secret;
import java.net.http.HttpClient;
import java.time.Duration;

/** Settings of runners that write certificates to a gateway of a test, which they look at several times a second. */
public final class TestGateway {
    private TestGateway() {}

    /** Returns the settings. */
    public static CertificateSettings settings(ApisixAdminApi gateway) {
        return new CertificateSettings(Duration.ofMillis(200), Duration.ofDays(21), ssls(gateway), "");
    }

    static GatewaySsls ssls(ApisixAdminApi gateway) {
        return new GatewaySsls(new AdminApiClient(
                HttpClient.newHttpClient(), gateway.uri(), Secret.ofUtf8(ApisixAdminApi.KEY), Duration.ofSeconds(5)));
    }
}
