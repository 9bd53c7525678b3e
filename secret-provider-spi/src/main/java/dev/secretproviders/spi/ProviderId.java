package dev.secretproviders.spi;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a provider object, written {@code manager/id}, for example {@code vault/prod}. The manager names the
 * kind of secret manager; the id is the operator's own choice.
 *
 * @param manager lower-case letters, digits, {@code -} and {@code _}, starting with a letter
 * @param id letters, digits, {@code -}, {@code _} and {@code .}; 1 to 256 of them (as APISIX's secret objects)
 */
public record ProviderId(String manager, String id) implements Comparable<ProviderId> {
    static final Pattern MANAGER = Pattern.compile("[a-z][a-z0-9_-]{0,63}");
    static final Pattern ID = Pattern.compile("[a-zA-Z0-9_.-]{1,256}");

    /** The provider behind {@code $env://NAME}: the environment of this process. It needs no configuration. */
    public static final ProviderId ENVIRONMENT = new ProviderId("env", "process");

    /**
     * Checks both parts.
     *
     * @throws IllegalArgumentException if a part is malformed
     */
    public ProviderId {
        if (!MANAGER.matcher(manager).matches()) {
            throw new IllegalArgumentException(
                    "a manager's name is lower-case letters, digits, '-' and '_': '" + manager + "' is not");
        }
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "a provider's id is 1 to 256 letters, digits, '-', '_' and '.': '" + id + "' is not");
        }
    }

    /** Returns whether {@code text} is well-formed as the id of a provider object. */
    public static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    // Written out, here and in SecretReference: those of a record take several times as long before they are compiled,
    // and thousands of references are looked up at a time.
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof ProviderId that && id.equals(that.id) && manager.equals(that.manager));
    }

    @Override
    public int hashCode() {
        return 31 * manager.hashCode() + id.hashCode();
    }

    @Override
    public int compareTo(ProviderId other) {
        int byManager = manager.compareTo(other.manager);
        return byManager != 0 ? byManager : id.compareTo(other.id);
    }

    /** Returns {@code manager/id}. */
    @Override
    public String toString() {
        return manager + "/" + id;
    }
}
