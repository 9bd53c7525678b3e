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

/** Finds and describes the causes of an exception, such as one of a manager's client library. */
public final class Causes {
    /** Limits the search, because causes may form a cycle. */
    private static final int DEEPEST = 20;

    private Causes() {}

    /** Returns the first of an exception and its causes that has this type, or null. */
    public static <T extends Throwable> @Nullable T find(Throwable e, Class<T> type) {
        int depth = 0;
        for (Throwable cause = e; cause != null && depth < DEEPEST; cause = cause.getCause(), depth++) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
        }
        return null;
    }

    /** Returns the last cause in the chain. */
    public static Throwable root(Throwable e) {
        Throwable root = e;
        for (int depth = 0; root.getCause() != null && depth < DEEPEST; depth++) {
            root = root.getCause();
        }
        return root;
    }

    /**
     * Returns the reason for a failed connection or file read in words, since operators cannot interpret the name of a
     * Java class.
     */
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

    /**
     * Returns the exception to report for a destination that is not allowed; null if the failure has another reason.
     */
    public static @Nullable ProviderException refusedDestination(Throwable e) {
        RefusedDestinationException refused = find(e, RefusedDestinationException.class);
        return refused == null
                ? null
                : new ProviderException(ProviderException.Kind.CONFIGURATION, String.valueOf(refused.getMessage()));
    }

    /**
     * Returns whether the network failed. A file that cannot be read, such as a token or a profile, is not a network
     * failure.
     */
    public static boolean isNetwork(Throwable e) {
        IOException failure = find(e, IOException.class);
        return failure != null && !(failure instanceof FileSystemException);
    }
}
