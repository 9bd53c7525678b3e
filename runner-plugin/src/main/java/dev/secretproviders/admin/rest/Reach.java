package dev.secretproviders.admin.rest;

import dev.secretproviders.spi.ProviderId;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a caller whose token is limited to some providers can reach at an endpoint. Each endpoint declares it. The
 * router refuses what is out of scope before it calls the endpoint, with the same answer whether it exists or not.
 */
public sealed interface Reach {
    /** The endpoint shows the same to all callers, or the caller's own data. */
    record Everybody() implements Reach {}

    /** The endpoint concerns the runner as a whole, or what all providers share. Limited callers are refused. */
    record Unlimited() implements Reach {}

    /** A list or an event about many providers. The endpoint leaves out what is not in scope and does not count it. */
    record Filtered() implements Reach {}

    /**
     * One provider.
     *
     * @param named returns the provider that the call names, or null if it names none and the endpoint filters; checks
     *     nothing else in the call
     */
    record OneProvider(Function<Call, @Nullable ProviderId> named) implements Reach {}

    /**
     * Another object that belongs to a scope, such as a token.
     *
     * @param inScope returns whether the call names an existing object in the caller's scope, or creates one there
     */
    record Owned(Predicate<Call> inScope) implements Reach {}

    /** Returns in words what a limited caller can reach; the documentation quotes it. */
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

    /** Returns why the caller is refused, or null if they are not. The text does not depend on what exists. */
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
