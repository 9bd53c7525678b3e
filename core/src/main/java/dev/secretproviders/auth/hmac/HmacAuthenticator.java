package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.LookupResult;
import dev.secretproviders.auth.LookupResult.NoMatch;
import dev.secretproviders.auth.LookupResult.Proven;
import dev.secretproviders.auth.RequestNeeds;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.auth.WrongKeys;
import dev.secretproviders.auth.route.Admission;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.Hidden;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.SharedRefusals;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides requests by their signature, as APISIX's own {@code hmac-auth} does ({@code apisix/plugins/hmac-auth.lua} of
 * 3.18). One instance serves one route configuration.
 *
 * <p>What a frame lacks is asked for only where it is needed: the target if it is signed, and the body once the
 * signature is right.
 *
 * <p>Thread-safe; does no I/O.
 */
public final class HmacAuthenticator implements Authenticator {
    private static final String AUTHORIZATION = "authorization";
    private static final byte[] HEADER = AUTHORIZATION.getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DATE = "date".getBytes(StandardCharsets.US_ASCII);
    private static final String CANNOT = "client request can't be validated";
    private static final RequestNeeds TARGET = RequestNeeds.ofVariable(SigningText.TARGET_VARIABLE);
    private static final byte[] NO_TARGET = {};

    private final HmacAuthConfig config;
    private final CredentialDirectory directory;
    private final HmacLookup lookup;
    private final InstantSource clock;
    private final Admission admission;
    private final Hidden hidden;

    private final Refuse missing;
    private final Refuse notSigned;
    private final Refuse invalid;
    private final Refuse ambiguous;
    private final Refuse replayed;
    private final Refuse tooMany;
    /** By the size of the body. */
    private final SharedRefusals<Long> tooLarge = new SharedRefusals<>();

    HmacAuthenticator(HmacAuthConfig config, AuthContext context, SeenSignatures seen, InstantSource clock) {
        this.config = config;
        this.directory = context.directory();
        this.lookup = new HmacLookup(context, seen);
        this.clock = clock;
        this.hidden = config.options().hideCredentials() ? Hidden.header(AUTHORIZATION) : Hidden.NOTHING;
        this.admission = new Admission(
                context,
                config.options(),
                "hmac",
                CANNOT,
                request -> request.header(HEADER) == RequestView.ABSENT ? Hidden.NOTHING : hidden);
        this.missing = admission.refusal(Reason.MISSING_KEY, CANNOT + ": missing Authorization header");
        this.notSigned = admission.refusal(
                Reason.INVALID_KEY, CANNOT + ": Authorization header does not start with 'Signature'");
        this.invalid = admission.refusal(Reason.INVALID_KEY, CANNOT);
        this.ambiguous = admission.refusal(Reason.AMBIGUOUS_KEY, CANNOT);
        this.replayed = admission.refusal(Reason.REPLAYED, CANNOT);
        this.tooMany = new Refuse(
                Reason.TOO_MANY_SIGNATURES,
                503,
                List.of(new Header("Retry-After", "1")),
                Admission.body("Too many signatures within replay_window"));
    }

    /**
     * Reads and prepares a route's configuration.
     *
     * @param seen the signatures that count once
     * @param clock the clock that a request's date is compared with
     * @throws InvalidAuthConfigException if it cannot be used
     */
    public static HmacAuthenticator prepare(String json, AuthContext context, SeenSignatures seen, InstantSource clock)
            throws InvalidAuthConfigException {
        return new HmacAuthenticator(HmacAuthConfig.parse(json), context, seen, clock);
    }

    @Override
    public RequestNeeds needs() {
        return config.validateRequestBody() ? TARGET.and(RequestNeeds.ofBody()) : TARGET;
    }

    @Override
    public Judgement decide(RequestView request) {
        long header = request.header(HEADER);
        if (header == RequestView.ABSENT) {
            return admission.refuse(missing, request);
        }
        SignatureFields fields =
                SignatureFields.read(request.bytes(), RequestView.offset(header), RequestView.length(header));
        if (fields == null) {
            return admission.refuse(notSigned, request);
        }
        HmacAlgorithm algorithm = fields.complete() ? algorithm(fields, request) : null;
        byte[] signature = algorithm == null
                ? null
                : SignatureText.decode(request.bytes(), fields.signature(), algorithm.length());
        if (algorithm == null
                || signature == null
                || !isRecent(request)
                || !SigningText.namesAll(fields, request, config.signedHeaders())) {
            return admission.refuse(invalid, request);
        }
        Signature signed = new Signature(fields, algorithm, signature);
        return SigningText.needsTarget(fields, request)
                ? new Judgement.Ask(TARGET, all -> verify(all, signed))
                : verify(request, signed);
    }

    /** What a request shows, once all of it was found to be of the right form. */
    @SuppressWarnings("ArrayRecordComponent") // neither compared nor changed
    private record Signature(SignatureFields fields, HmacAlgorithm algorithm, byte[] bytes) {}

    private @Nullable HmacAlgorithm algorithm(SignatureFields fields, RequestView request) {
        long name = fields.algorithm();
        HmacAlgorithm algorithm =
                HmacAlgorithm.named(request.bytes(), RequestView.offset(name), RequestView.length(name));
        return algorithm != null && config.algorithms().contains(algorithm) ? algorithm : null;
    }

    private boolean isRecent(RequestView request) {
        long date = request.header(DATE);
        if (date == RequestView.ABSENT) {
            return false;
        }
        long seconds = HttpDate.seconds(request.bytes(), RequestView.offset(date), RequestView.length(date));
        return seconds != HttpDate.NONE && Math.abs(clock.instant().getEpochSecond() - seconds) <= config.clockSkew();
    }

    private Judgement verify(RequestView request, Signature signed) {
        byte[] fetched = request.variable(SigningText.TARGET_VARIABLE);
        byte[] target = fetched == null ? NO_TARGET : fetched;
        if (SigningText.isTooLong(signed.fields(), request, target)) {
            return admission.refuse(invalid, request);
        }
        long keyId = signed.fields().keyId();
        long sequence = directory.index().sequence();
        LookupResult found = lookup.find(
                directory.index(),
                request.bytes(),
                keyId,
                WrongKeys.source(request),
                new HmacLookup.Shown(
                        signed.algorithm(),
                        signer -> SigningText.addTo(signer, signed.fields(), request, target),
                        signed.bytes()));
        if (!(found instanceof Proven proven)) {
            return admission.refuse((NoMatch) found, invalid, ambiguous, request);
        }
        if (!config.validateRequestBody()) {
            return accept(request, proven, signed);
        }
        return checkBody(request, proven, signed, sequence);
    }

    private Judgement checkBody(RequestView request, Proven proven, Signature signed, long sequence) {
        if (!BodyDigest.isThere(request)) {
            return admission.refuse(invalid, request);
        }
        byte[] body = request.body();
        long size = body == null ? BodyDigest.announcedSize(request) : body.length;
        long most = Math.min(config.maxReqBodySize(), BodyDigest.LARGEST);
        if (size > most) {
            return tooLarge.of(size, () -> tooLarge(size, most));
        }
        if (body == null) {
            return new Judgement.Ask(RequestNeeds.ofBody(), all -> checkBody(all, proven, signed, sequence));
        }
        if (!BodyDigest.fits(request, body)) {
            return admission.refuse(invalid, request);
        }
        // A revocation while the body was on its way holds for this request, too.
        return directory.index().sequence() == sequence ? accept(request, proven, signed) : verify(request, signed);
    }

    /** As in APISIX, without a challenge and without the anonymous consumer. */
    private static Refuse tooLarge(long size, long most) {
        return new Refuse(
                Reason.BODY_TOO_LARGE,
                413,
                List.of(),
                Admission.body("request size " + size + " is greater than the maximum size " + most + " allowed"));
    }

    private Decision accept(RequestView request, Proven proven, Signature signed) {
        return switch (lookup.count(signed.bytes(), config.replayWindow())) {
            case FIRST ->
                admission.accept(
                        proven.previous() ? Reason.ACCEPTED_PREVIOUS : Reason.ACCEPTED,
                        proven.identity(),
                        request,
                        hidden);
            case SEEN -> admission.refuse(replayed, request);
            case FULL -> tooMany;
        };
    }
}
