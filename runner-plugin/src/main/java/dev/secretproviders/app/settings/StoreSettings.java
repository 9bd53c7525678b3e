package dev.secretproviders.app.settings;

import dev.secretproviders.settings.Settings;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.embedded.EmbeddedStore;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code store} of the configuration: the engine and its place.
 *
 * @param etcd how to reach etcd, or null for the embedded engine
 */
public record StoreSettings(@Nullable EtcdAccess etcd) {
    private static final List<String> ENGINES = List.of("embedded", "etcd");
    private static final String FILE = "store.mv.db";
    private static final String PREFIX = "/secret-providers";

    /** A gateway that reloads starts the new runner before the old one has ended. */
    private static final Duration LOCK_WAIT = Duration.ofSeconds(5);

    /**
     * Reads the section; problems go to it.
     *
     * @param environment where {@code $env://NAME} is looked up
     */
    public static StoreSettings read(Settings section, Map<String, String> environment) {
        boolean etcd = section.has("type") && section.choice("type", ENGINES).equals("etcd");
        Settings access = section.section("etcd");
        return new StoreSettings(etcd ? EtcdAccess.read(access, PREFIX, environment) : null);
    }

    /** Returns whether several runners may use the store at once, over the network. */
    public boolean remote() {
        return etcd != null;
    }

    /** Returns the file of the embedded engine. */
    public Path file(Path dataDirectory) {
        return dataDirectory.resolve(FILE);
    }

    /**
     * Opens the store; a missing embedded store is created.
     *
     * @throws StoreException if the store cannot be used
     */
    public Store open(Path dataDirectory) throws StoreException {
        return etcd == null ? EmbeddedStore.open(file(dataDirectory), LOCK_WAIT) : EtcdStore.open(etcd);
    }

    /** Returns whether there is a store to open: an embedded one has its file, another server is taken to be there. */
    public boolean present(Path dataDirectory) {
        return remote() || Files.exists(file(dataDirectory));
    }

    /**
     * Refuses a missing embedded store, since a command works on a store that a runner has created.
     *
     * @throws StoreException if there is none
     */
    public void requirePresent(Path dataDirectory) throws StoreException {
        if (!present(dataDirectory)) {
            throw new StoreException(
                    "there is no store at " + file(dataDirectory).toAbsolutePath()
                            + "; name the runner's configuration with --config, and call this from the directory that the"
                            + " runner works in, or set runner.data-dir to an absolute path",
                    null);
        }
    }
}
