package dev.secretproviders.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenIdProviderTest {
    private static final String BACK = "http://127.0.0.1:9/back";
    /** An example of RFC 7636. */
    private static final String VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    private static final String CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    @AutoClose
    private OpenIdProvider provider;

    @BeforeAll
    void start() {
        provider = OpenIdProvider.start(List.of(BACK), List.of());
    }

    private URI request(String more) {
        return provider.issuer()
                .resolve("/auth?client_id=dashboard&response_type=code&scope=openid%20profile%20groups&redirect_uri="
                        + BACK + more);
    }

    @Test
    void aUserSignsInAndTheIdTokenHasTheGroups() {
        provider.user("ada", Map.of("groups", List.of("ops", "audit")));

        URI back = provider.signIn(
                request("&state=s1&nonce=n1&code_challenge_method=S256&code_challenge=" + CHALLENGE), "ada");

        assertThat(back.toString()).startsWith(BACK + "?code=").contains("&state=s1");
        JsonNode claims = claims(back);
        assertThat(claims.path("sub").asString()).isEqualTo("ada");
        assertThat(claims.path("nonce").asString()).isEqualTo("n1");
        assertThat(claims.path("groups").toString()).isEqualTo("[\"ops\",\"audit\"]");
    }

    @Test
    void aRequestWithoutAChallengeIsRefused() {
        assertThat(provider.signIn(request("&state=s2"), "ada").getQuery()).contains("error=invalid_request");
    }

    @Test
    void anUnknownUserDoesNotSignIn() {
        assertThatThrownBy(() ->
                        provider.signIn(request("&code_challenge_method=S256&code_challenge=" + CHALLENGE), "stranger"))
                .isInstanceOf(PeerFailedException.class);
    }

    private JsonNode claims(URI back) {
        String code = back.getQuery().replaceAll(".*code=([^&]+).*", "$1");
        String basic = Base64.getEncoder()
                .encodeToString(("dashboard:" + provider.clientSecret()).getBytes(StandardCharsets.UTF_8));
        try (PeerHttp http = new PeerHttp(provider.issuer())) {
            HttpReply answer = http.request(
                    "POST",
                    "/token",
                    Map.of("Authorization", "Basic " + basic, "Content-Type", "application/x-www-form-urlencoded"),
                    "grant_type=authorization_code&code=" + code + "&redirect_uri=" + BACK + "&code_verifier="
                            + VERIFIER);
            String token = answer.json().path("id_token").asString();
            return JsonMapper.shared().readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]));
        }
    }
}
