package dev.secretproviders.dashboard.openid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.dashboard.openid.OpenIdLogin.Back;
import dev.secretproviders.dashboard.openid.OpenIdLogin.Begun;
import dev.secretproviders.dashboard.openid.OpenIdProblemException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** What a real provider never sends: ID tokens that are not right, and answers that are none. */
class IdTokenTest {
    private static final String SECRET = "a client secret of more than 256 bits, as HS256 asks for it";

    private final RSAKey key = key("one");
    private HttpServer server;
    private URI issuer;
    private OpenIdLogin login;
    private String idToken = "";
    private UnaryOperator<Map<String, Object>> metadata = before -> before;

    private static RSAKey key(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        Map<String, Object> usual = Map.of(
                "issuer",
                issuer.toString(),
                "authorization_endpoint",
                issuer + "/auth",
                "token_endpoint",
                issuer + "/token",
                "jwks_uri",
                issuer + "/keys",
                "subject_types_supported",
                List.of("public"),
                "response_types_supported",
                List.of("code"));
        server.createContext("/.well-known/openid-configuration", exchange -> answer(exchange, metadata.apply(usual)));
        server.createContext("/keys", exchange -> answer(exchange, new JWKSet(key.toPublicJWK()).toJSONObject()));
        server.createContext(
                "/token",
                exchange -> answer(
                        exchange,
                        Map.of("access_token", "a", "token_type", "Bearer", "expires_in", 60, "id_token", idToken)));
        server.start();
        login = new OpenIdLogin(OpenIdLoginTest.settings(issuer, SECRET), InstantSource.system());
    }

    @AfterEach
    void stop() {
        login.close();
        server.stop(0);
    }

    private static void answer(HttpExchange exchange, Map<String, ?> json) throws IOException {
        byte[] body = JsonMapper.shared().writeValueAsBytes(json);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private JWTClaimsSet.Builder claims(Begun begun) {
        String nonce = begun.address().getQuery().replaceAll(".*\\bnonce=([^&]+).*", "$1");
        Instant now = Instant.now();
        return new JWTClaimsSet.Builder()
                .issuer(issuer.toString())
                .subject("ada")
                .audience("dashboard")
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(60)))
                .claim("nonce", nonce)
                .claim("groups", List.of("audit"));
    }

    private static String signed(JWTClaimsSet claims, RSAKey by) throws JOSEException {
        return signed(
                claims, new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(), new RSASSASigner(by));
    }

    private static String signed(JWTClaimsSet claims, JWSHeader header, JWSSigner by) throws JOSEException {
        SignedJWT token = new SignedJWT(header, claims);
        token.sign(by);
        return token.serialize();
    }

    private OpenIdUser finish(Begun begun) throws OpenIdProblemException {
        String state = begun.address().getQuery().replaceAll(".*\\bstate=([^&]+).*", "$1");
        return login.finish(begun.cookie(), new Back(state, "code", null, null)).user();
    }

    private void assertRefused(Begun begun, String message) {
        OpenIdProblemException refusal = catchThrowableOfType(OpenIdProblemException.class, () -> finish(begun));
        assertThat(refusal).hasMessageContaining(message);
        assertThat(refusal.kind()).isEqualTo(Kind.REFUSED);
    }

    @Test
    void rightTokenIsAccepted() throws Exception {
        Begun begun = login.begin("/dashboard");
        idToken = signed(claims(begun).build(), key);

        assertThat(finish(begun).subject()).isEqualTo("openid/ada");
    }

    @Test
    void wrongNonceIsRefused() throws Exception {
        Begun begun = login.begin("/dashboard");
        idToken = signed(claims(begun).claim("nonce", "another").build(), key);

        assertRefused(begun, "belongs to another log-in");
    }

    @Test
    void missingNonceIsRefused() throws Exception {
        Begun begun = login.begin("/dashboard");
        idToken = signed(claims(begun).claim("nonce", null).build(), key);

        assertRefused(begun, "belongs to another log-in");
    }

    @Test
    void signatureByAnotherKeyIsRefused() throws Exception {
        Begun begun = login.begin("/dashboard");
        idToken = signed(claims(begun).build(), key("one"));

        assertRefused(begun, "ID token is not valid");
    }

    @Test
    void tokenWithoutASignatureIsRefused() throws Exception {
        Begun begun = login.begin("/dashboard");
        idToken = new PlainJWT(claims(begun).build()).serialize();

        assertRefused(begun, "ID token is not valid");
    }

    @Test
    void signatureByTheClientsSecretIsRefused() throws Exception {
        Begun begun = login.begin("/dashboard");
        idToken = signed(
                claims(begun).build(),
                new JWSHeader(JWSAlgorithm.HS256),
                new MACSigner(SECRET.getBytes(StandardCharsets.UTF_8)));

        assertRefused(begun, "ID token is not valid");
    }

    @Test
    void otherAudienceIsRefused() throws Exception {
        Begun begun = login.begin("/dashboard");
        idToken = signed(claims(begun).audience("another client").build(), key);

        assertRefused(begun, "ID token is not valid");
    }

    @Test
    void otherIssuerIsRefused() throws Exception {
        Begun begun = login.begin("/dashboard");
        idToken = signed(claims(begun).issuer("https://evil.example").build(), key);

        assertRefused(begun, "ID token is not valid");
    }

    @Test
    void expiredTokenIsRefused() throws Exception {
        Begun begun = login.begin("/dashboard");
        Instant past = Instant.now().minusSeconds(300);
        idToken = signed(
                claims(begun)
                        .issueTime(Date.from(past))
                        .expirationTime(Date.from(past.plusSeconds(60)))
                        .build(),
                key);

        assertRefused(begun, "ID token is not valid");
    }

    @Test
    void subjectThatCouldPassForAnotherIsRefused() throws Exception {
        Begun begun = login.begin("/dashboard");
        idToken = signed(claims(begun).subject("ada\u200b").build(), key);

        assertRefused(begun, "no usable subject");
    }

    @Test
    void metadataOfAnotherIssuerIsRefused() {
        metadata = usual -> with(usual, "issuer", "https://evil.example");

        assertThat(catchThrowableOfType(OpenIdProblemException.class, () -> login.begin("/dashboard")))
                .hasMessageContaining("names another issuer than dashboard.oidc.issuer");
    }

    @Test
    void endpointInClearTextOnAnotherMachineIsRefused() {
        metadata = usual -> with(usual, "token_endpoint", "http://login.example/token");

        assertThat(catchThrowableOfType(OpenIdProblemException.class, () -> login.begin("/dashboard")))
                .hasMessageContaining("no https address as its token_endpoint");
    }

    @Test
    void hugeAnswerIsRefused() {
        metadata = usual -> with(usual, "claims_supported", "x".repeat(2 << 20));

        OpenIdProblemException refusal =
                catchThrowableOfType(OpenIdProblemException.class, () -> login.begin("/dashboard"));

        assertThat(refusal.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(refusal.getMessage()).hasSizeLessThan(300);
    }

    private static Map<String, Object> with(Map<String, Object> before, String name, String value) {
        Map<String, Object> after = new HashMap<>(before);
        after.put(name, value);
        return after;
    }
}
