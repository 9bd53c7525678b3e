package dev.secretproviders.consumer;

import dev.secretproviders.apisix.AdminApiClient;
import dev.secretproviders.apisix.AdminApiSettings;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.EnvironmentSecret;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdHistory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Creates the source that the section {@code consumers} of the configuration selects. */
public final class ConsumerSources {
    private static final List<String> KINDS = List.of("none", "etcd", "admin-api", "file", "standalone-api");
    private static final Pattern HASH_KEY = Pattern.compile("[a-z0-9]{1,32}");
    private static final int SHORTEST_KEY = 16;
    private static final Duration SHORTEST = Duration.ofMillis(100);

    private final Map<String, String> environment;
    private final KeyDigester digester;

    private ConsumerSources(Map<String, String> environment, KeyDigester digester) {
        this.environment = environment;
        this.digester = digester;
    }

    /**
     * Creates the source; no network I/O yet. Problems go to {@code consumers}; if there are any, the caller closes the source
     * unused.
     *
     * @param digester digests the literal keys of the gateway's configuration
     */
    public static ConsumerSource create(Settings consumers, KeyDigester digester) {
        return create(consumers, digester, System.getenv());
    }

    static ConsumerSource create(Settings consumers, KeyDigester digester, Map<String, String> environment) {
        return new ConsumerSources(environment, digester).create(consumers);
    }

    private ConsumerSource create(Settings consumers) {
        String kind = consumers.choice("source", KINDS);
        KINDS.forEach(consumers::has);
        nameHashKeys(consumers.section("digest_keys"));
        return switch (kind) {
            case "etcd" -> etcd(consumers.section("etcd"));
            case "admin-api" -> adminApi(consumers.section("admin-api"));
            case "file" -> file(consumers.section("file"));
            case "standalone-api" -> standaloneApi(consumers.section("standalone-api"));
            default -> new NoConsumerSource();
        };
    }

    private void nameHashKeys(Settings settings) {
        Map<String, Secret> keys = new HashMap<>();
        for (String name : settings.names()) {
            Secret key = EnvironmentSecret.read(settings, name, environment);
            if (!HASH_KEY.matcher(name).matches()) {
                settings.problem(name, "expected a name of 1 to 32 small letters and digits");
            } else if (key != null && key.length() > 0 && key.length() < SHORTEST_KEY) {
                settings.problem(name, "expected a key of at least " + SHORTEST_KEY + " bytes");
            } else if (key != null && key.length() > 0) {
                keys.put(name, key);
            }
        }
        digester.hashes().name(keys);
        keys.values().forEach(Secret::close);
    }

    private ConsumerSource file(Settings settings) {
        String text = settings.text("path");
        Path path = text.isEmpty() ? null : settings.place("path");
        return path == null
                ? new NoConsumerSource()
                : new FileConsumerSource(path, new GatewayTable(digester, null), environment);
    }

    private ConsumerSource adminApi(Settings settings) {
        AdminApiClient client = AdminApiSettings.read(settings, environment);
        Duration interval = settings.duration("interval", Duration.ofSeconds(5), SHORTEST);
        return new AdminApiConsumerSource(client, interval, new GatewayTable(digester, null));
    }

    private ConsumerSource standaloneApi(Settings settings) {
        List<AdminApiClient> clients = AdminApiSettings.readAll(settings, environment);
        Duration interval = settings.duration("interval", Duration.ofSeconds(1), SHORTEST);
        return new StandaloneApiConsumerSource(clients, interval, new GatewayTable(digester, null));
    }

    private ConsumerSource etcd(Settings settings) {
        EtcdAccess etcd = EtcdAccess.read(settings, "/apisix", environment);
        return new EtcdConsumerSource(
                etcd,
                new GatewayTable(digester, keyring(settings.section("data_encryption"))),
                EtcdHistory.LONG_OUTAGE);
    }

    private static @Nullable Keyring keyring(Settings settings) {
        List<String> keys = settings.texts("keyring");
        boolean enabled = settings.flag("enabled", true);
        if (!keys.stream().allMatch(Keyring::isKey)) {
            settings.problem("keyring", "expected keys of 16 or 32 bytes, the ones of apisix.data_encryption.keyring");
        }
        return enabled ? new Keyring(keys.isEmpty() ? Keyring.DEFAULT_KEYS : keys) : null;
    }
}
