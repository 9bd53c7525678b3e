package dev.secretproviders.admin.rest;

import dev.secretproviders.spi.ProviderId;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint lets a caller reach whose token is limited to some providers. Each endpoint says it; the router refuses what lies
 * out of scope before the endpoint is asked, with the same answer whether it exists or not.
 */
public sealed interface Reach {
    /** It shows the same to everybody, or the caller's own data. */
    record Everybody() implements Reach {}

    /** It concerns the runner as a whole, or what all providers share: only for callers without limits. */
    record Unlimited() implements Reach {}

    /** A list or an event about many providers: the endpoint leaves out what is not in scope, and does not count it. */
    record Filtered() implements Reach {}

    /**
     * One provider.
     *
     * @param named returns the provider that the call names, or null if it names none and the endpoint filters; demands no more of
     *     the call than that
     */
    record OneProvider(Function<Call, @Nullable ProviderId> named) implements Reach {}

    /**
     * Something else that has a place in a scope, such as a token.
     *
     * @param inScope returns whether the call names one that exists and is in the caller's scope, or makes one there
     */
    record Owned(Predicate<Call> inScope) implements Reach {}

    /** Returns in words what is there for a caller with limits; it stands in the documentation. */
    default String text() {
        return switch (this) {
            case Everybody() -> "like any other";
            case Unlimited() -> "refused";
            case Filtered() -> "sees what is in scope";
            case OneProvider _ -> "a provider in scope";
            case Owned _ -> "one in scope";
        };
    }

    String OTHER_PROVIDERS = "your token is limited to other providers";

    String NOT_WITHIN = "there is no such thing within the limits of your token";

    static Reach everybody() {
        return new Everybody();
    }

    static Reach unlimited() {
        return new Unlimited();
    }

    static Reach filtered() {
        return new Filtered();
    }

    /** The provider in the path, {@code {manager}/{id}}. */
    static Reach providerOfPath() {
        return new OneProvider(Call::provider);
    }

    /** The provider in the body, by itself or in a reference. */
    static Reach providerOfBody() {
        return new OneProvider(ProvidersInScope::ofBody);
    }

    /** Returns why a caller may not go on, or null if they may. What it says does not depend on what exists. */
    default @Nullable String refusal(Call call, ProvidersInScope providers) {
        if (call.caller().scope().everything()) {
            return null;
        }
        return switch (this) {
            case Everybody(), Filtered() -> null;
            case Unlimited() -> "this needs a token that is not limited to some providers";
            case OneProvider(var named) -> {
                ProviderId id = named.apply(call);
                yield id == null || providers.include(call, id) ? null : OTHER_PROVIDERS;
            }
            case Owned(var inScope) -> inScope.test(call) ? null : NOT_WITHIN;
        };
    }
}
