package dev.secretproviders.app.cli;

import dev.secretproviders.apisix.AdminApiClient;
import dev.secretproviders.apisix.AdminApiSettings;
import dev.secretproviders.app.cli.MigrateTarget.WrongOptionException;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.certificate.GatewaySsls;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code migrate} that say where APISIX's Admin API is. */
final class MigrateGateway {
    private static final String KEY = "APISIX_ADMIN_KEY";

    @Option(
            names = "--apisix",
            paramLabel = "URI",
            description = "APISIX's Admin API, for example http://127.0.0.1:9180; its key is in the variable " + KEY)
    @Nullable
    private String uri;

    @Option(names = "--apisix-ca", paramLabel = "FILE", description = "PEM file with what signed its certificate")
    @Nullable
    private String authority;

    /**
     * A client.
     *
     * @param own whether it is closed here, and not with the configuration
     */
    record Connected(AdminApiClient client, boolean own) implements AutoCloseable {
        @Override
        public void close() {
            if (own) {
                client.close();
            }
        }
    }

    /** Makes the client. Does no I/O but to the file. */
    Connected connect(Configuration configuration) throws WrongOptionException {
        if (uri != null) {
            return new Connected(client(), true);
        }
        GatewaySsls gateway = configuration.control().certificates().gateway();
        if (gateway == null) {
            throw new WrongOptionException(
                    "the configuration does not name APISIX's Admin API; name it with --apisix and the variable " + KEY
                            + ", or set certificates.admin-api.uri and admin_key");
        }
        return new Connected(gateway.client(), false);
    }

    private AdminApiClient client() throws WrongOptionException {
        if (System.getenv(KEY) == null) {
            throw new WrongOptionException(
                    "--apisix: the variable " + KEY + " is not set; export it with the key of that Admin API");
        }
        Map<String, Object> fields = new HashMap<>();
        fields.put("uri", uri);
        fields.put("admin_key", "$env://" + KEY);
        if (authority != null) {
            fields.put("tls", Map.of("ca_file", authority));
        }
        Problems problems = new Problems();
        AdminApiClient client = AdminApiSettings.read(Settings.root(fields, problems), System.getenv());
        if (!problems.isEmpty()) {
            client.close();
            throw new WrongOptionException("--apisix: " + String.join("; ", problems.lines()));
        }
        return client;
    }
}
