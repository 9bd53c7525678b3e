package dev.secretproviders.provider;

import dev.secretproviders.limits.RefusedDestinationException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import org.jspecify.annotations.Nullable;

/** What is behind an exception, of a manager's client library for one. */
public final class Causes {
    /** Causes may form a circle. */
    private static final int DEEPEST = 20;

    private Causes() {}

    /** Returns the first of an exception and its causes that is of this type, or null. */
    public static <T extends Throwable> @Nullable T find(Throwable e, Class<T> type) {
        int depth = 0;
        for (Throwable cause = e; cause != null && depth < DEEPEST; cause = cause.getCause(), depth++) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
        }
        return null;
    }

    /** Returns the cause that has no cause. */
    public static Throwable root(Throwable e) {
        Throwable root = e;
        for (int depth = 0; root.getCause() != null && depth < DEEPEST; depth++) {
            root = root.getCause();
        }
        return root;
    }

    /** Returns what to report where nobody may connect to the destination; null if that is not the reason. */
    public static @Nullable ProviderException refusedDestination(Throwable e) {
        RefusedDestinationException refused = find(e, RefusedDestinationException.class);
        return refused == null
                ? null
                : new ProviderException(ProviderException.Kind.CONFIGURATION, String.valueOf(refused.getMessage()));
    }

    /** Returns whether nobody was reached. A file that cannot be read, with a token or a profile in it, is no network. */
    public static boolean isNetwork(Throwable e) {
        IOException failure = find(e, IOException.class);
        return failure != null && !(failure instanceof FileSystemException);
    }
}
