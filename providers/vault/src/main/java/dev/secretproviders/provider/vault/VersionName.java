package dev.secretproviders.provider.vault;

/**
 * Names of versions in a KV version 2 engine: the number, and the start of the content's digest. The number alone is not
 * enough: after {@code vault kv metadata delete} it starts again at 1, and the new version 1 is another secret. Nor is the time
 * of creation, which OpenBao tells in whole seconds. Other runners know a version by its number.
 */
final class VersionName {
    private static final int DIGEST_CHARACTERS = 24;

    private VersionName() {}

    static String of(int number, String digest) {
        return number + "-" + digest.substring(0, DIGEST_CHARACTERS);
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
