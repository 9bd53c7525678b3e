package dev.secretproviders.spi;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One meaning of a reference's path: a secret and a field of it.
 *
 * @param path the secret to fetch
 * @param field the field of it, or null for the whole secret
 */
public record SecretAddress(SecretPath path, @Nullable String field) {
    /**
     * Splits a path: the text before a slash is the secret's name, the text after it is the field.
     *
     * @param path the whole path of a reference as a name, with its version and stage
     * @param slash the index of the slash in the name; negative for the whole secret
     */
    public static SecretAddress split(SecretPath path, int slash) {
        String text = path.name();
        return slash < 0
                ? new SecretAddress(path, null)
                : new SecretAddress(
                        new SecretPath(text.substring(0, slash), path.version(), path.stage()),
                        text.substring(slash + 1));
    }

    /** Returns every meaning of a path for a manager whose names have slashes: the whole secret first, then the longest name. */
    public static List<SecretAddress> everySplit(SecretPath path) {
        List<SecretAddress> addresses = new ArrayList<>();
        addresses.add(split(path, -1));
        String text = path.name();
        for (int slash = text.lastIndexOf('/'); slash > 0; slash = text.lastIndexOf('/', slash - 1)) {
            addresses.add(split(path, slash));
        }
        return addresses;
    }
}
