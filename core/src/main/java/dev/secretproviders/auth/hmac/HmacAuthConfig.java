package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.route.ConfigFields;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.RouteOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A route's configuration of {@code secret-hmac-auth}. It has the fields, defaults and limits of APISIX's own {@code
 * hmac-auth} ({@code apisix/plugins/hmac-auth.lua} of 3.18), and {@code replay_window}.
 *
 * @param options the fields that all kinds have
 * @param algorithms the algorithms that a signature may use
 * @param clockSkew how many seconds the request's date may differ from the clock
 * @param signedHeaders headers that every signature has to cover, as they are written
 * @param validateRequestBody whether the header {@code Digest} has to fit the body
 * @param maxReqBodySize the largest body that is validated, in bytes
 * @param replayWindow for how many seconds a signature counts only once; 0 for no limit on its uses
 */
record HmacAuthConfig(
        RouteOptions options,
        Set<HmacAlgorithm> algorithms,
        long clockSkew,
        List<byte[]> signedHeaders,
        boolean validateRequestBody,
        long maxReqBodySize,
        long replayWindow) {
    private static final String ALGORITHMS = "allowed_algorithms";
    private static final String SKEW = "clock_skew";
    private static final String SIGNED = "signed_headers";
    private static final String VALIDATE = "validate_request_body";
    private static final String BODY_SIZE = "max_req_body_size";
    private static final String WINDOW = "replay_window";

    private static final String DATE = "date";
    private static final int LONGEST_HEADER = 50;
    private static final long USUAL_BODY_SIZE = 64L << 20;
    /** A day, as in the companion. */
    private static final long MOST_SECONDS = 86_400;

    /** Copies the collections. */
    HmacAuthConfig {
        algorithms = Set.copyOf(algorithms);
        signedHeaders = List.copyOf(signedHeaders);
    }

    /**
     * Reads a configuration.
     *
     * @throws InvalidAuthConfigException if it is not JSON, or a field is unknown, of the wrong type or out of bounds
     */
    static HmacAuthConfig parse(String json) throws InvalidAuthConfigException {
        ConfigFields fields = ConfigFields.parse(
                json, "{\"clock_skew\":300}", List.of(ALGORITHMS, SKEW, SIGNED, VALIDATE, BODY_SIZE, WINDOW));
        long skew = fields.whole(SKEW, 1, Long.MAX_VALUE, 300);
        List<String> signed = signedHeaders(fields);
        return new HmacAuthConfig(
                fields.options("hmac"),
                algorithms(fields),
                skew,
                signed.stream()
                        .map(name -> name.getBytes(StandardCharsets.UTF_8))
                        .toList(),
                fields.flag(VALIDATE),
                fields.whole(BODY_SIZE, 1, Long.MAX_VALUE, USUAL_BODY_SIZE),
                window(fields, skew, signed));
    }

    private static Set<HmacAlgorithm> algorithms(ConfigFields fields) throws InvalidAuthConfigException {
        String known =
                Arrays.stream(HmacAlgorithm.values()).map(HmacAlgorithm::text).collect(Collectors.joining(", "));
        if (!fields.has(ALGORITHMS)) {
            return EnumSet.allOf(HmacAlgorithm.class);
        }
        Set<HmacAlgorithm> algorithms = EnumSet.noneOf(HmacAlgorithm.class);
        for (String name : fields.texts(ALGORITHMS, List.of())) {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            HmacAlgorithm algorithm = HmacAlgorithm.named(bytes, 0, bytes.length);
            if (algorithm == null) {
                throw new InvalidAuthConfigException(ALGORITHMS + " holds an unknown algorithm; known are " + known);
            }
            algorithms.add(algorithm);
        }
        if (algorithms.isEmpty()) {
            throw new InvalidAuthConfigException(ALGORITHMS + " is empty; list at least one of " + known);
        }
        return algorithms;
    }

    private static List<String> signedHeaders(ConfigFields fields) throws InvalidAuthConfigException {
        List<String> names = new ArrayList<>(fields.texts(SIGNED, List.of(DATE)));
        for (String name : names) {
            if (name.length() > LONGEST_HEADER) {
                throw new InvalidAuthConfigException(
                        SIGNED + " holds a name of more than " + LONGEST_HEADER + " characters");
            }
        }
        return names;
    }

    private static long window(ConfigFields fields, long skew, List<String> signed) throws InvalidAuthConfigException {
        long window = fields.whole(WINDOW, 1, MOST_SECONDS, 0);
        if (window == 0) {
            return 0;
        }
        if (skew > window / 2) {
            throw new InvalidAuthConfigException(
                    WINDOW + " is " + window + ", but a date is valid for twice clock_skew,"
                            + " so a signature would count again while its date is valid; write at least " + 2 * skew
                            + " or reduce clock_skew");
        }
        if (signed.stream().noneMatch(DATE::equalsIgnoreCase)) {
            throw new InvalidAuthConfigException(WINDOW + " needs date in signed_headers, or the date of a signed"
                    + " request can be replaced once the window is over");
        }
        return window;
    }
}
