package dev.secretproviders.provider.shared;

import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretPath;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Fetches from managers that answer for one secret in each request. */
public final class OneByOne {
    /** A name that no secret has, for the connection test. */
    public static final String NO_SECRET = "secret-providers-connection-test";

    private OneByOne() {}

    /** Fetches one secret. */
    @FunctionalInterface
    public interface Fetch {
        /** Returns the result for one secret. */
        FetchResult of(FetchRequest request) throws ProviderException, InterruptedException;
    }

    /** Fetches the secrets one after the other. */
    public static Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests, Fetch one)
            throws ProviderException, InterruptedException {
        Map<SecretPath, FetchResult> results = new HashMap<>();
        for (FetchRequest request : requests) {
            results.put(request.path(), one.of(request));
        }
        return results;
    }

    /**
     * Asks for a secret that does not exist. The manager checks the login before it answers "not found" or "not
     * allowed".
     *
     * @throws ProviderException if it gives neither of these answers
     */
    public static void check(String unused, Fetch one) throws ProviderException, InterruptedException {
        FetchResult result = one.of(FetchRequest.of(SecretPath.current(unused), null));
        if (result instanceof FetchResult.Failed(ProviderException cause) && cause.kind() != Kind.PERMISSION) {
            throw cause;
        }
    }
}
