package dev.secretproviders.app.logs;

import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ControlSettings;
import dev.secretproviders.app.settings.Version;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.provider.Registered;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the start and the end of the runner. */
public final class StartLog {
    private static final Logger LOG = LoggerFactory.getLogger(StartLog.class);
    private static final int NAMED = 20;
    /** No limit: the source of consumers may be unavailable for long. */
    private static final Duration UNTIL_THEY_ARE_KNOWN = ChronoUnit.CENTURIES.getDuration();
    /** The longest wait for the keys of known consumers. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private StartLog() {}

    /**
     * Logs the version and the main settings.
     *
     * @param file the configuration file, or null for none
     */
    public static void starting(@Nullable Path file, Configuration configuration) {
        ControlSettings control = configuration.control();
        String store = control.store().remote()
                ? "etcd"
                : control.store().file(control.dataDirectory()).toAbsolutePath().toString();
        List<String> ids = configuration.providers().all().stream()
                .map(Registered::provider)
                .map(provider -> provider.id().toString())
                .sorted()
                .toList();
        String providers = ids.size() <= NAMED
                ? String.join(", ", ids)
                : String.join(", ", ids.subList(0, NAMED)) + " and " + (ids.size() - NAMED) + " more";
        String from = file == null ? "none" : file.toAbsolutePath().toString();
        String source = configuration.consumers().status().name();
        LOG.atInfo()
                .addKeyValue("event", "runner.start")
                .addKeyValue("version", Version.text())
                .addKeyValue("configuration", from)
                .addKeyValue("store", store)
                .addKeyValue("source", source)
                .log(
                        "secret-providers {} starts; configuration: {}, store: {}, consumers from: {}, providers of the"
                                + " configuration: {}",
                        Version.text(),
                        from,
                        store,
                        source,
                        providers.isEmpty() ? "none" : providers);
    }

    /** Logs when keys can be decided. Returns at once. */
    public static void logWhenReady(CredentialDirectory directory) {
        Thread.ofVirtual().name("ready").start(() -> {
            try {
                var _ = directory.await(directory::consumersKnown, UNTIL_THEY_ARE_KNOWN);
                var _ = directory.await(directory::settled, PATIENCE);
                ready(directory);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static void ready(CredentialDirectory directory) {
        long millis = ProcessHandle.current()
                .info()
                .startInstant()
                .map(start -> Duration.between(start, Instant.now()).toMillis())
                .orElse(-1L);
        int consumers = directory.consumers().consumers().size();
        LOG.atInfo()
                .addKeyValue("event", "runner.ready")
                .addKeyValue("milliseconds", millis)
                .addKeyValue("consumers", consumers)
                .log(
                        "ready {} ms after the launch: {} consumers, {} keys, {} credentials cannot be decided yet",
                        millis,
                        consumers,
                        directory.size(),
                        directory.undecided());
    }

    /**
     * Logs the port of the Admin API, health or metrics.
     *
     * @param port the TCP port
     */
    public static void serving(int port) {
        LOG.atInfo()
                .addKeyValue("event", "http.listening")
                .addKeyValue("port", port)
                .log("Admin API, health and metrics are served on port {}", port);
    }

    /** Logs that the runner stops. */
    public static void stopping() {
        LOG.atInfo().addKeyValue("event", "runner.stop").log("stopping; requests in flight are answered first");
    }

    /** Logs that the runner has stopped. */
    public static void stopped(Duration took) {
        LOG.atInfo()
                .addKeyValue("event", "runner.stopped")
                .addKeyValue("milliseconds", took.toMillis())
                .log("stopped after {} ms", took.toMillis());
    }
}
