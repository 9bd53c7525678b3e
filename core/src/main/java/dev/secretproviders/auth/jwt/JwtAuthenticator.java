package dev.secretproviders.auth.jwt;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.auth.WrongKeys;
import dev.secretproviders.auth.jwt.JwtLookup.Result;
import dev.secretproviders.auth.jwt.PresentedToken.Fault;
import dev.secretproviders.auth.route.Admission;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.Hidden;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * Decides requests by JSON web token, as APISIX's own {@code jwt-auth} does ({@code apisix/plugins/jwt-auth.lua}). Answers
 * are the same byte for byte. One instance serves one route configuration.
 *
 * <p>Thread-safe and lock-free; does no I/O. A token that a public key has to verify is judged later, off the event loop.
 */
final class JwtAuthenticator implements Authenticator {
    private final JwtAuthConfig config;
    private final CredentialDirectory directory;
    private final JwtLookup lookup;
    private final TokenPlaces places;
    private final Admission admission;

    private final Refuse missing;
    private final Refuse ambiguous;
    private final Map<Fault, Refuse> faults = new EnumMap<>(Fault.class);

    JwtAuthenticator(JwtAuthConfig config, AuthContext context, JwtLookup lookup) {
        this.config = config;
        this.directory = context.directory();
        this.lookup = lookup;
        this.places = new TokenPlaces(config);
        this.admission =
                new Admission(context, config.options(), "Bearer", Fault.UNKNOWN_KEY.message(), places::hidden);
        this.missing = admission.refusal(Reason.MISSING_KEY, "Missing JWT token in request");
        this.ambiguous = admission.refusal(Reason.AMBIGUOUS_KEY, Fault.UNKNOWN_KEY.message());
        for (Fault fault : Fault.values()) {
            faults.put(fault, admission.refusal(Reason.INVALID_KEY, fault.message()));
        }
    }

    @Override
    public Judgement decide(RequestView request) {
        long slice = places.token(request);
        if (slice == RequestView.ABSENT) {
            return admission.refuse(missing, request);
        }
        if (slice < 0) {
            return refuse(Fault.MALFORMED, request);
        }
        int offset = RequestView.offset(slice);
        int length = RequestView.length(slice);
        PresentedToken token =
                PresentedToken.parse(request.bytes(), offset, length, config.keyClaim(), config.demanded());
        long source = WrongKeys.source(request);
        Result result = lookup.find(directory.index(), token, request.bytes(), offset, length, source);
        if (result instanceof Result.Slow slow) {
            // The index may have changed by then, so the credential is looked up again.
            return new Judgement.Later(again -> answer(
                    lookup.verify(directory.index(), token, slow, again.bytes(), offset, length, source), again));
        }
        return answer(result, request);
    }

    private Decision answer(Result result, RequestView request) {
        return switch (result) {
            case Result.Good(var proven, long _) ->
                admission.accept(
                        proven.previous() ? Reason.ACCEPTED_PREVIOUS : Reason.ACCEPTED,
                        proven.identity(),
                        request,
                        config.options().hideCredentials() ? places.hidden(request) : Hidden.NOTHING);
            case Result.Bad(Fault fault) -> refuse(fault, request);
            case Result.Unknown(var reason) -> admission.refuse(reason, refusal(Fault.UNKNOWN_KEY), ambiguous, request);
            case Result.Slow _ -> throw new IllegalStateException("a token was verified, and is still not");
        };
    }

    private Decision refuse(Fault fault, RequestView request) {
        return admission.refuse(refusal(fault), request);
    }

    private Refuse refusal(Fault fault) {
        return Objects.requireNonNull(faults.get(fault));
    }
}
