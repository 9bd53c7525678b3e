package dev.secretproviders.provider.aws;

import dev.secretproviders.event.SecretEvent;
import dev.secretproviders.spi.SecretPath;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The secrets that were asked for. An event may call a secret by its name only, and a reference by its ARN. An ARN has a
 * suffix, an account and a region, which the event does not tell. So the event is compared with what was asked for.
 *
 * <p>Thread-safe. It forgets what was not asked for longest.
 */
final class AskedPaths {
    /** Those asked for last are at the end. */
    private final LinkedHashSet<SecretPath> paths = new LinkedHashSet<>();

    private final int most;

    /**
     * Creates an empty set.
     *
     * @param most how many paths are remembered
     */
    AskedPaths(int most) {
        this.most = most;
    }

    /** Notes that a secret was asked for. */
    synchronized void add(SecretPath path) {
        paths.addLast(path);
        if (paths.size() > most) {
            var _ = paths.removeFirst();
        }
    }

    /** Returns the secrets that an event can be about, with their pinned versions and stages. */
    synchronized Set<SecretPath> meantBy(SecretEvent event) {
        Set<SecretPath> meant = new LinkedHashSet<>();
        for (SecretPath path : paths) {
            if (event.means(path.name())) {
                meant.add(path);
            }
        }
        return meant;
    }
}
