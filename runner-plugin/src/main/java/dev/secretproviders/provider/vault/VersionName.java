package dev.secretproviders.provider.vault;

/**
 * Names of versions in a KV version 2 engine: the number and the time of creation. The number alone is not enough: after
 * {@code vault kv metadata delete} it starts again at 1, and the new version 1 is another secret.
 */
final class VersionName {
    private VersionName() {}

    static String of(int number, String created) {
        return number + "@" + created;
    }

    /** Returns the number, or 0 if the name is not one of ours. */
    static int number(String name) {
        int at = name.indexOf('@');
        try {
            return at < 0 ? 0 : Integer.parseInt(name.substring(0, at));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
