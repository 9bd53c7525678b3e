package dev.secretproviders.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.Decision.Accept;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.crypto.KeyDigester;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * Decides requests by key, as APISIX's own {@code key-auth} does ({@code apisix/plugins/key-auth.lua}). The key is the
 * first value of the header, or else the query argument. Answers are the same byte for byte. One instance serves one
 * route configuration.
 *
 * <p>Thread-safe and lock-free; does no I/O.
 */
public final class KeyAuthenticator {
    private final KeyAuthConfig config;
    private final CredentialDirectory directory;
    private final KeyLookup lookup;
    private final byte[] header;
    private final byte[] query;
    private final List<String> hiddenArguments;

    private final Refuse missingKey;
    private final Refuse invalidKey;
    private final Refuse ambiguousKey;
    private final Refuse noAnonymousConsumer;
    private final Refuse unresolved;
    /** The answer before the consumers were read once. No key is known to be wrong then, whatever the configuration. */
    private final Refuse nothingKnown;

    /** The answer to an unknown key while some credentials could not be resolved yet. */
    public enum UnresolvedAnswer {
        /** 503 with {@code Retry-After}, since the key may be good. */
        UNAVAILABLE,
        /** 401, as for any other unknown key. */
        UNAUTHORIZED
    }

    /**
     * Prepares a route's configuration.
     *
     * @param ticker the clock by which resolved versions end ({@link dev.secretproviders.resolve.Resolver#ticker})
     */
    public KeyAuthenticator(
            KeyAuthConfig config,
            CredentialDirectory directory,
            KeyDigester digester,
            Ticker ticker,
            UnresolvedAnswer unresolvedAnswer) {
        this.config = config;
        this.directory = directory;
        this.lookup = new KeyLookup(digester, ticker, directory.wrongKeys());
        this.header = config.header().getBytes(StandardCharsets.US_ASCII);
        this.query = config.query().getBytes(StandardCharsets.UTF_8);
        this.hiddenArguments = List.of(config.query());
        this.missingKey = refuse(Reason.MISSING_KEY, "Missing API key in request");
        this.invalidKey = refuse(Reason.INVALID_KEY, "Invalid API key in request");
        this.ambiguousKey = refuse(Reason.AMBIGUOUS_KEY, "Invalid API key in request");
        this.noAnonymousConsumer = refuse(Reason.NO_ANONYMOUS_CONSUMER, "Invalid user authorization");
        this.nothingKnown = new Refuse(
                Reason.UNRESOLVED,
                503,
                List.of(new Header("Retry-After", "1")),
                body("Some credentials could not be resolved yet"));
        this.unresolved = switch (unresolvedAnswer) {
            case UNAVAILABLE -> nothingKnown;
            case UNAUTHORIZED -> refuse(Reason.UNRESOLVED, "Invalid API key in request");
        };
    }

    /** Decides one request. */
    public Decision decide(RequestView request) {
        CredentialIndex index = directory.index();
        long key = request.header(header);
        boolean fromHeader = key != RequestView.ABSENT;
        if (!fromHeader) {
            key = request.argument(query);
            if (key == RequestView.ABSENT) {
                return anonymousOr(missingKey, request, index);
            }
        }
        if (key < 0 || !KeyLookup.canBeKey(RequestView.length(key))) {
            return anonymousOr(invalidKey, request, index);
        }
        LookupResult found = lookup.find(
                index, request.bytes(), RequestView.offset(key), RequestView.length(key), WrongKeys.source(request));
        return found instanceof KeyClaim claim
                ? accept(claim, request, fromHeader)
                : refuse((LookupResult.NoMatch) found, request, index);
    }

    private Decision accept(KeyClaim claim, RequestView request, boolean fromHeader) {
        Identity identity = Objects.requireNonNull(claim.identity());
        Reason reason = claim.previous() ? Reason.ACCEPTED_PREVIOUS : Reason.ACCEPTED;
        boolean hide = config.hideCredentials();
        return accept(reason, request, identity, hide && fromHeader, hide && !fromHeader);
    }

    private Decision refuse(LookupResult.NoMatch found, RequestView request, CredentialIndex index) {
        return switch (found) {
            case INVALID -> anonymousOr(invalidKey, request, index);
            case AMBIGUOUS -> anonymousOr(ambiguousKey, request, index);
            case UNRESOLVED -> unresolvedOr(request, index);
        };
    }

    /**
     * Decides about a key that may be unresolved. If the configured answer is 401, the key is treated as unknown, so
     * the anonymous consumer applies.
     */
    private Decision unresolvedOr(RequestView request, CredentialIndex index) {
        if (index == CredentialIndex.UNKNOWN) {
            return nothingKnown;
        }
        return unresolved.status() == 401 ? anonymousOr(unresolved, request, index) : unresolved;
    }

    private Decision anonymousOr(Refuse refusal, RequestView request, CredentialIndex index) {
        String anonymous = config.anonymousConsumer();
        if (anonymous == null) {
            return refusal;
        }
        Identity identity = index.consumer(anonymous);
        if (identity == null) {
            return index == CredentialIndex.UNKNOWN ? nothingKnown : noAnonymousConsumer;
        }
        boolean hide = config.hideCredentials();
        return accept(
                Reason.ANONYMOUS,
                request,
                identity,
                hide && request.header(header) != RequestView.ABSENT,
                hide && request.argument(query) != RequestView.ABSENT);
    }

    private Accept accept(
            Reason reason, RequestView request, Identity identity, boolean hideHeader, boolean hideArgument) {
        return new Identified(
                reason,
                identity,
                hideHeader ? config.header() : null,
                hideArgument ? hiddenArguments : List.of(),
                config.removeLookAlikes() ? IdentityHeaders.LOOK_ALIKES : IdentityHeaders.lookAlikes(request));
    }

    private Refuse refuse(Reason reason, String message) {
        return new Refuse(
                reason,
                401,
                List.of(new Header("WWW-Authenticate", "apikey realm=\"" + config.realm() + "\"")),
                body(message));
    }

    /** Returns a body with the line feed that APISIX adds ({@code apisix/core/response.lua}). */
    private static String body(String message) {
        return "{\"message\":\"" + message + "\"}\n";
    }
}
