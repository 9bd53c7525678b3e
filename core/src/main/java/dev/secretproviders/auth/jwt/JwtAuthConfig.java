package dev.secretproviders.auth.jwt;

import dev.secretproviders.auth.jwt.JwtClaims.TimeClaim;
import dev.secretproviders.auth.route.ConfigFields;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.RouteOptions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A route's configuration of {@code secret-jwt-auth}. It has the fields, defaults and limits of APISIX's own {@code
 * jwt-auth} ({@code apisix/plugins/jwt-auth.lua}).
 *
 * @param header the request header that carries the token
 * @param query the query argument that carries it if the header is absent
 * @param cookie the cookie that carries it if both are absent
 * @param keyClaim the claim that names the consumer's key ({@code key_claim_name})
 * @param demanded the claims that must be there and hold ({@code claims_to_verify}); without any, those that are there
 *     must hold
 * @param options what all kinds of authentication have
 */
record JwtAuthConfig(
        String header, String query, String cookie, String keyClaim, Set<TimeClaim> demanded, RouteOptions options) {
    private static final List<String> FIELDS =
            List.of("header", "query", "cookie", "key_claim_name", "claims_to_verify", "store_in_ctx");

    JwtAuthConfig {
        demanded = Set.copyOf(demanded);
    }

    /**
     * Reads a configuration.
     *
     * @param json a JSON object; an empty string means all defaults
     * @throws InvalidAuthConfigException if it is not JSON, or a field is unknown, of the wrong type or out of bounds
     */
    static JwtAuthConfig parse(String json) throws InvalidAuthConfigException {
        ConfigFields fields = ConfigFields.parse(json, "{\"header\":\"authorization\"}", FIELDS);
        if (fields.flag("store_in_ctx")) {
            throw new InvalidAuthConfigException(
                    "store_in_ctx must be false: a filter cannot write into APISIX's context;"
                            + " the companion plugin secret-jwt-auth can");
        }
        return new JwtAuthConfig(
                fields.header("header", "authorization"),
                fields.text("query", "jwt"),
                fields.text("cookie", "jwt"),
                fields.text("key_claim_name", "key"),
                demanded(fields.texts("claims_to_verify", List.of())),
                fields.options("jwt"));
    }

    private static Set<TimeClaim> demanded(List<String> names) throws InvalidAuthConfigException {
        Set<TimeClaim> demanded = EnumSet.noneOf(TimeClaim.class);
        for (String name : names) {
            TimeClaim claim = TimeClaim.named(name);
            if (claim == null || !demanded.add(claim)) {
                throw new InvalidAuthConfigException("claims_to_verify must be a list of exp and nbf, each once");
            }
        }
        return demanded;
    }
}
