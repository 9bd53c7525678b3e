package dev.secretproviders.auth.key;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.CredentialIndex;
import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.auth.Identity;
import dev.secretproviders.auth.KeyClaim;
import dev.secretproviders.auth.KeyLookup;
import dev.secretproviders.auth.LookupResult;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.auth.WrongKeys;
import dev.secretproviders.auth.route.Admission;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.Hidden;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides requests by key, as APISIX's own {@code key-auth} does ({@code apisix/plugins/key-auth.lua}). The key is the
 * first value of the header, or else the query argument. Answers are the same byte for byte. One instance serves one
 * route configuration.
 *
 * <p>Thread-safe and lock-free; does no I/O.
 */
public final class KeyAuthenticator implements Authenticator {
    private final CredentialDirectory directory;
    private final KeyLookup lookup;
    private final Admission admission;
    private final byte[] header;
    private final byte[] query;
    private final Hidden hiddenHeader;
    private final Hidden hiddenArgument;
    private final boolean hide;
    /** Null for a route with the places of native key-auth only. */
    private final @Nullable KeyPlaces more;

    private final Refuse missingKey;
    private final Refuse invalidKey;
    private final Refuse ambiguousKey;

    /** Prepares a route's configuration. */
    public KeyAuthenticator(KeyAuthConfig config, AuthContext context) {
        this.directory = context.directory();
        this.lookup = new KeyLookup(context.digester(), context.ticker(), directory.clock(), directory.wrongKeys());
        this.header = config.header().getBytes(StandardCharsets.US_ASCII);
        this.query = config.query().getBytes(StandardCharsets.UTF_8);
        this.more = config.hasMorePlaces() ? new KeyPlaces(config) : null;
        this.hide = config.options().hideCredentials();
        this.hiddenHeader = hide ? Hidden.header(config.header()) : Hidden.NOTHING;
        this.hiddenArgument = hide ? Hidden.argument(config.query()) : Hidden.NOTHING;
        this.admission = new Admission(
                context, config.options(), "apikey", "Invalid API key in request", this::hiddenFromAnonymous);
        this.missingKey = admission.refusal(Reason.MISSING_KEY, "Missing API key in request");
        this.invalidKey = admission.refusal(Reason.INVALID_KEY, "Invalid API key in request");
        this.ambiguousKey = admission.refusal(Reason.AMBIGUOUS_KEY, "Invalid API key in request");
    }

    /**
     * Reads and prepares a route's configuration.
     *
     * @throws InvalidAuthConfigException as {@link KeyAuthConfig#parse} does
     */
    public static KeyAuthenticator prepare(String json, AuthContext context) throws InvalidAuthConfigException {
        return new KeyAuthenticator(KeyAuthConfig.parse(json), context);
    }

    @Override
    public Decision decide(RequestView request) {
        CredentialIndex index = directory.index();
        long key = request.header(header);
        boolean fromHeader = key != RequestView.ABSENT;
        if (!fromHeader) {
            KeyPlaces.Found found = more == null ? null : more.inHeader(request);
            if (found != null) {
                return decide(index, found.slice(), request, hide ? found.hidden() : Hidden.NOTHING);
            }
            key = request.argument(query);
            if (key == RequestView.ABSENT) {
                return decideWithoutQuery(index, request);
            }
        }
        return decide(index, key, request, fromHeader ? hiddenHeader : hiddenArgument);
    }

    private Decision decideWithoutQuery(CredentialIndex index, RequestView request) {
        KeyPlaces.Found found = more == null ? null : more.inCookie(request);
        return found == null
                ? admission.refuse(missingKey, request)
                : decide(index, found.slice(), request, hide ? found.hidden() : Hidden.NOTHING);
    }

    private Decision decide(CredentialIndex index, long key, RequestView request, Hidden hidden) {
        if (key < 0 || !KeyLookup.canBeKey(RequestView.length(key))) {
            return admission.refuse(invalidKey, request);
        }
        LookupResult found = lookup.find(
                index, request.bytes(), RequestView.offset(key), RequestView.length(key), WrongKeys.source(request));
        return found instanceof KeyClaim claim
                ? accept(claim, request, hidden)
                : admission.refuse((LookupResult.NoMatch) found, invalidKey, ambiguousKey, request);
    }

    private Decision accept(KeyClaim claim, RequestView request, Hidden hidden) {
        Identity identity = Objects.requireNonNull(claim.identity());
        Reason reason = claim.previous() ? Reason.ACCEPTED_PREVIOUS : Reason.ACCEPTED;
        return admission.accept(reason, identity, request, hidden);
    }

    /** All places are hidden, whichever of them are there. */
    private Hidden hiddenFromAnonymous(RequestView request) {
        List<Header> headers = new ArrayList<>();
        if (request.header(header) != RequestView.ABSENT) {
            headers.addAll(hiddenHeader.headers());
        }
        if (more != null) {
            headers.addAll(more.all(request));
        }
        List<String> arguments = request.argument(query) == RequestView.ABSENT ? List.of() : hiddenArgument.arguments();
        return new Hidden(headers, arguments);
    }
}
