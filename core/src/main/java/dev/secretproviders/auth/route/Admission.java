package dev.secretproviders.auth.route;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.CredentialIndex;
import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Accept;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.auth.Identity;
import dev.secretproviders.auth.LookupResult.NoMatch;
import dev.secretproviders.auth.RequestView;
import java.util.List;
import java.util.function.Function;

/**
 * The answers of one route, which all kinds of authentication share: the challenge, the anonymous consumer, the identity
 * headers for the upstream, and what is answered while credentials could not be resolved yet.
 *
 * <p>Thread-safe and lock-free; does no I/O.
 */
public final class Admission {
    private final RouteOptions options;
    private final CredentialDirectory directory;
    private final String challenge;
    private final Function<RequestView, Hidden> hiddenFromAnonymous;
    private final Refuse noAnonymousConsumer;
    private final Refuse expired;
    private final Refuse notYetValid;
    private final Refuse disabled;
    private final Refuse unresolved;
    /** The answer before the consumers were read once. No credential is known to be wrong then, whatever the options. */
    private final Refuse nothingKnown;

    /**
     * Prepares the answers of a route.
     *
     * @param scheme the scheme of the challenge, for example {@code Basic}
     * @param invalid the message for an invalid credential
     * @param hiddenFromAnonymous what is hidden of a request that counts as anonymous, if the route hides credentials
     */
    public Admission(
            AuthContext context,
            RouteOptions options,
            String scheme,
            String invalid,
            Function<RequestView, Hidden> hiddenFromAnonymous) {
        this.options = options;
        this.directory = context.directory();
        this.challenge = scheme + " realm=\"" + options.realm() + "\"";
        this.hiddenFromAnonymous = hiddenFromAnonymous;
        this.noAnonymousConsumer = refusal(Reason.NO_ANONYMOUS_CONSUMER, "Invalid user authorization");
        // The client learns nothing that it does not learn for an unknown credential.
        this.expired = refusal(Reason.EXPIRED, invalid);
        this.notYetValid = refusal(Reason.NOT_YET_VALID, invalid);
        this.disabled = refusal(Reason.DISABLED, invalid);
        this.nothingKnown = new Refuse(
                Reason.UNRESOLVED,
                503,
                List.of(new Header("Retry-After", "1")),
                body("Some credentials could not be resolved yet"));
        this.unresolved = switch (context.unresolvedAnswer()) {
            case UNAVAILABLE -> nothingKnown;
            case UNAUTHORIZED -> refusal(Reason.UNRESOLVED, invalid);
        };
    }

    /** Returns a 401 with the challenge of this route. Make it once, not for each request. */
    public Refuse refusal(Reason reason, String message) {
        return new Refuse(reason, 401, List.of(new Header("WWW-Authenticate", challenge)), body(message));
    }

    /** Returns a body with the line feed that APISIX adds ({@code apisix/core/response.lua}). */
    public static String body(String message) {
        return "{\"message\":\"" + message + "\"}\n";
    }

    /** Accepts a request. */
    public Accept accept(Reason reason, Identity identity, RequestView request, Hidden hidden) {
        return new Identified(
                reason,
                identity,
                hidden,
                options.removeLookAlikes() ? IdentityHeaders.LOOK_ALIKES : IdentityHeaders.lookAlikes(request));
    }

    /** Refuses a request, unless the route names an anonymous consumer. */
    public Decision refuse(Refuse refusal, RequestView request) {
        String anonymous = options.anonymousConsumer();
        if (anonymous == null) {
            return refusal;
        }
        CredentialIndex index = directory.index();
        Identity identity = index.consumer(anonymous);
        if (identity == null) {
            return index.isKnown() ? noAnonymousConsumer : nothingKnown;
        }
        return accept(
                Reason.ANONYMOUS,
                identity,
                request,
                options.hideCredentials() ? hiddenFromAnonymous.apply(request) : Hidden.NOTHING);
    }

    /**
     * Decides a request without a valid credential. A credential that may be unresolved is treated as unknown if the
     * configured answer is 401, so the anonymous consumer applies.
     */
    public Decision refuse(NoMatch found, Refuse invalid, Refuse ambiguous, RequestView request) {
        return switch (found) {
            case INVALID -> refuse(invalid, request);
            case AMBIGUOUS -> refuse(ambiguous, request);
            case EXPIRED -> refuse(expired, request);
            case NOT_YET_VALID -> refuse(notYetValid, request);
            case DISABLED -> refuse(disabled, request);
            case UNRESOLVED -> unresolved.status() == 401 ? refuse(unresolved, request) : unresolved;
            case NOTHING_KNOWN -> nothingKnown;
        };
    }
}
