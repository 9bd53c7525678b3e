package dev.secretproviders.app.cli.check;

import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Resolves references without showing what they stand for. */
interface Resolving {

    /** Returns who resolves, for a message. */
    String name();

    /** Returns whether references to the environment are looked up in the environment of the runner. */
    boolean asRunner();

    /** Returns what is added to the message that a provider is not there; empty for nothing. */
    default String unlessHidden() throws CannotStartException {
        return "";
    }

    /** Returns the providers that there are. */
    Set<ProviderId> providers() throws CannotStartException;

    /** Returns what is wrong with a reference for its provider, without asking the manager; empty for nothing. */
    default String problem(SecretReference reference) {
        return "";
    }

    /** Returns the policy of a provider, or null if it is not known here. */
    @Nullable
    ProviderPolicy policy(ProviderId id) throws CannotStartException;

    /**
     * Resolves references.
     *
     * @param each receives each result, from the thread of the caller
     */
    Map<SecretReference, Result> resolve(Set<SecretReference> references, Consumer<Result> each)
            throws CannotStartException, InterruptedException;

    /**
     * What came of a reference.
     *
     * @param resolves whether there is a value that may be used
     * @param absent whether the manager says that there is no such secret
     * @param problem why it does not resolve; empty if it does
     */
    record Result(boolean resolves, boolean absent, String problem) {}
}
