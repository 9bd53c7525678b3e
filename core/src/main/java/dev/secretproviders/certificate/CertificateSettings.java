package dev.secretproviders.certificate;

import dev.secretproviders.apisix.AdminApiSettings;
import dev.secretproviders.settings.Settings;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code certificates} of the configuration.
 *
 * @param interval how often the gateway is compared with what it should have
 * @param warnBefore how long before its end a certificate is reported; at most a third of its time
 * @param gateway where certificates are written, or null if they cannot be
 * @param noGateway why they cannot be, and what to do; empty if they can
 */
public record CertificateSettings(
        Duration interval, Duration warnBefore, @Nullable GatewaySsls gateway, String noGateway)
        implements AutoCloseable {
    private static final String ADMIN_API = "admin-api";
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    private static final Duration WARN_BEFORE = Duration.ofDays(21);
    private static final Duration SHORTEST = Duration.ofMillis(100);

    /** What holds where there is no section. */
    public static final CertificateSettings DEFAULT = new CertificateSettings(
            INTERVAL,
            WARN_BEFORE,
            null,
            "the runner does not know APISIX's Admin API; set certificates.admin-api.uri and admin_key in its configuration");

    /**
     * Reads the section. Without {@code certificates.admin-api}, the Admin API of {@code consumers.admin-api} is used.
     *
     * @param root the whole configuration
     */
    public static CertificateSettings read(Settings root, Map<String, String> environment) {
        Settings section = root.section("certificates");
        Duration interval = section.duration("interval", INTERVAL, SHORTEST);
        Duration warnBefore = section.duration("warn-before", WARN_BEFORE);
        Settings consumers = root.section("consumers");
        String source = consumers.peek("source");
        if (section.has(ADMIN_API)) {
            return new CertificateSettings(
                    interval,
                    warnBefore,
                    new GatewaySsls(AdminApiSettings.read(section.section(ADMIN_API), environment)),
                    "");
        }
        if (ADMIN_API.equals(source)) {
            return new CertificateSettings(
                    interval,
                    warnBefore,
                    new GatewaySsls(AdminApiSettings.read(consumers.section(ADMIN_API), environment)),
                    "");
        }
        return switch (source == null ? "" : source) {
            case "file" ->
                standalone(
                        interval,
                        warnBefore,
                        "consumers.source is file: APISIX runs in standalone mode, where its file owns the certificates");
            case "standalone-api" ->
                standalone(
                        interval,
                        warnBefore,
                        "consumers.source is standalone-api: what pushes the whole configuration to APISIX owns the"
                                + " certificates, and an object of the runner would stop its pushes");
            default -> new CertificateSettings(interval, warnBefore, null, DEFAULT.noGateway());
        };
    }

    private static CertificateSettings standalone(Duration interval, Duration warnBefore, String reason) {
        return new CertificateSettings(interval, warnBefore, null, ForeignGatewayException.message(reason));
    }

    /** Returns whether something else owns the gateway, as the configuration says. */
    boolean foreign() {
        return gateway == null && !noGateway.equals(DEFAULT.noGateway());
    }

    /** Returns from when on the end of a certificate is near. */
    Instant soon(Material material) {
        Duration life = Duration.between(material.own().getNotBefore().toInstant(), material.end());
        Duration third = life.dividedBy(3);
        return material.end().minus(third.compareTo(warnBefore) < 0 ? third : warnBefore);
    }

    /** Ends the access to the gateway. */
    @Override
    public void close() {
        if (gateway != null) {
            gateway.close();
        }
    }
}
