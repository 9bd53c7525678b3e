package dev.secretproviders.auth.basic;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.auth.LookupResult;
import dev.secretproviders.auth.LookupResult.NoMatch;
import dev.secretproviders.auth.LookupResult.Proven;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.auth.WrongKeys;
import dev.secretproviders.auth.route.Admission;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.ConfigFields;
import dev.secretproviders.auth.route.Hidden;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.RouteOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Decides requests by user name and password, as APISIX's own {@code basic-auth} does ({@code
 * apisix/plugins/basic-auth.lua}). As in APISIX after 3.18, a password may hold colons, and is not empty. One instance
 * serves one route configuration.
 *
 * <p>Thread-safe and lock-free; does no I/O.
 */
public final class BasicAuthenticator implements Authenticator {
    private static final String AUTHORIZATION = "authorization";
    private static final byte[] HEADER = AUTHORIZATION.getBytes(StandardCharsets.US_ASCII);

    private final CredentialDirectory directory;
    private final BasicLookup lookup;
    private final Admission admission;
    private final Hidden hidden;

    private final Refuse missing;
    private final Refuse malformed;
    private final Refuse invalid;
    private final Refuse ambiguous;

    BasicAuthenticator(RouteOptions options, AuthContext context) {
        this.directory = context.directory();
        this.lookup = new BasicLookup(context);
        this.hidden = options.hideCredentials() ? Hidden.header(AUTHORIZATION) : Hidden.NOTHING;
        this.admission = new Admission(
                context,
                options,
                "Basic",
                "Invalid user authorization",
                request -> request.header(HEADER) == RequestView.ABSENT ? Hidden.NOTHING : hidden);
        this.missing = admission.refusal(Reason.MISSING_KEY, "Missing authorization in request");
        this.malformed = admission.refusal(Reason.INVALID_KEY, "Invalid authorization in request");
        this.invalid = admission.refusal(Reason.INVALID_KEY, "Invalid user authorization");
        this.ambiguous = admission.refusal(Reason.AMBIGUOUS_KEY, "Invalid user authorization");
    }

    /**
     * Reads and prepares a route's configuration.
     *
     * @throws InvalidAuthConfigException if it cannot be used
     */
    public static BasicAuthenticator prepare(String json, AuthContext context) throws InvalidAuthConfigException {
        RouteOptions options = ConfigFields.parse(json, "{\"hide_credentials\":true}", List.of())
                .options("basic");
        return new BasicAuthenticator(options, context);
    }

    @Override
    public Decision decide(RequestView request) {
        long header = request.header(HEADER);
        if (header == RequestView.ABSENT) {
            return admission.refuse(missing, request);
        }
        int offset = RequestView.offset(header);
        int length = RequestView.length(header);
        int begin = BasicHeader.begin(request.bytes(), offset, length);
        if (begin < 0) {
            return admission.refuse(malformed, request);
        }
        ShownPassword shown = ShownPassword.ofThread();
        try {
            return shown.decode(request.bytes(), begin, offset + length)
                    ? decide(request, shown)
                    : admission.refuse(malformed, request);
        } finally {
            shown.wipe();
        }
    }

    private Decision decide(RequestView request, ShownPassword shown) {
        LookupResult found = lookup.find(directory.index(), shown, WrongKeys.source(request));
        if (found instanceof Proven proven) {
            Reason reason = proven.previous() ? Reason.ACCEPTED_PREVIOUS : Reason.ACCEPTED;
            return admission.accept(reason, proven.identity(), request, hidden);
        }
        return admission.refuse((NoMatch) found, invalid, ambiguous, request);
    }
}
