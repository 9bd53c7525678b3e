package dev.secretproviders.provider.vault;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Names of versions in a KV version 2 engine: the number, and when it was made. The number alone is not enough: after {@code vault kv
 * metadata delete} it starts again at 1, and the new version 1 is another secret. All runners give a version the same name,
 * so that one may be revoked by it on all of them.
 *
 * <p>OpenBao tells times in whole seconds. A secret that is removed and made anew within one second keeps its name; {@link
 * KnownVersions} sees to it that its value is noticed.
 */
final class VersionName {
    private VersionName() {}

    /** Returns the name; only the number if the time is not known. */
    static String of(int number, @Nullable Instant created) {
        return created == null ? Integer.toString(number) : number + "-" + created;
    }

    /** Returns the number, or 0 if the name is not one of ours. */
    static int number(String name) {
        int dash = name.indexOf('-');
        try {
            return Integer.parseInt(dash < 0 ? name : name.substring(0, dash));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
