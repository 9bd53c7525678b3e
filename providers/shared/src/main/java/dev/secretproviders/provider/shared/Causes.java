package dev.secretproviders.provider.shared;

import dev.secretproviders.limits.RefusedDestinationException;
import dev.secretproviders.spi.ProviderException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import javax.net.ssl.SSLException;
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

    /** Returns in words why nobody was reached or a file cannot be read; for an operator, to whom the name of a Java class says little. */
    public static String words(Throwable e) {
        if (find(e, NoSuchFileException.class) != null) {
            return "there is no such file";
        } else if (find(e, AccessDeniedException.class) != null) {
            return "permission denied";
        } else if (find(e, UnknownHostException.class) != null || find(e, UnresolvedAddressException.class) != null) {
            return "the host name is not known";
        } else if (find(e, SocketTimeoutException.class) != null || find(e, HttpTimeoutException.class) != null) {
            return "no answer in time";
        } else if (find(e, ConnectException.class) != null) {
            return "the connection was refused";
        } else if (find(e, NoRouteToHostException.class) != null) {
            return "there is no route to it";
        } else if (find(e, SSLException.class) != null) {
            return "TLS failed; check the certificates";
        } else if (find(e, IOException.class) != null) {
            return "the connection broke";
        }
        return root(e).getClass().getSimpleName();
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
