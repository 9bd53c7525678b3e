package dev.secretproviders.auth.jwt;

import static dev.secretproviders.resolve.ResolverFixture.OVERLAP;
import static dev.secretproviders.resolve.ResolverFixture.STALE_TTL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.Ruling;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.Verdict.Reason;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.consumer.Credential;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Verdicts on tokens: why one is refused, and for how long a verdict may be remembered. */
class JwtVerdictsTest {
    private static final String FIRST = "first-secret-0123456789abcdef-0123";
    private static final String SECOND = "second-secret-0123456789abcdef-012";

    private final DirectoryFixture it = new DirectoryFixture();
    private long millis = 100_250;
    private final JwtVerdicts verdicts =
            new JwtVerdicts(it.context(UnresolvedAnswer.UNAVAILABLE), new VerifiedTokens(), () -> millis);

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private void jack(JwtAlgorithm algorithm, String material, long grace) {
        it.secrets.provider.put("jack", "1", "key", material);
        it.consumer(
                        "jack",
                        new Credential.JwtAuth(
                                null, it.name("jack"), it.reference("jack/key"), algorithm.headerName(), false, grace))
                .publish();
    }

    private static String token(String secret, String payload) {
        return MadeToken.of(JwtAlgorithm.HS256, MadeToken.secret(secret), payload);
    }

    private Ruling ruling(String token) {
        return verdicts.of(token.getBytes(StandardCharsets.UTF_8), "key", "");
    }

    private OptionalLong ttl(String payload) {
        return ((Verdict.Accepted) ruling(token(FIRST, payload))).ttlMillis();
    }

    private Verdict.Refused refused(String token, String keyClaim, String claims) {
        return (Verdict.Refused) verdicts.of(token.getBytes(StandardCharsets.UTF_8), keyClaim, claims);
    }

    private Reason reason(String token) {
        return refused(token, "key", "").reason();
    }

    @Test
    void verdictEndsWithTheToken() {
        jack(JwtAlgorithm.HS256, FIRST, 0);
        assertThat(ttl("{\"key\":\"jack\"}")).as("that of the value").hasValue(STALE_TTL.toMillis());
        assertThat(ttl("{\"key\":\"jack\",\"exp\":103}")).hasValue(2_750);
        assertThat(ttl("{\"key\":\"jack\",\"exp\":101}")).hasValue(750);
        millis = 100_999;
        assertThat(ttl("{\"key\":\"jack\",\"exp\":101}")).hasValue(1);
        millis = 101_000;
        assertThat(reason(token(FIRST, "{\"key\":\"jack\",\"exp\":101}"))).isEqualTo(Reason.NOT_VERIFIED);
    }

    @Test
    void graceOfTheCredentialBelongsToTheTokensTime() {
        jack(JwtAlgorithm.HS256, FIRST, 10);
        assertThat(ttl("{\"key\":\"jack\",\"exp\":91}")).hasValue(750);
        assertThat(reason(token(FIRST, "{\"key\":\"jack\",\"exp\":90}"))).isEqualTo(Reason.NOT_VERIFIED);
    }

    @Test
    void tokenThatIsNotValidYetIsAskedAboutAgain() {
        jack(JwtAlgorithm.HS256, FIRST, 0);
        String early = token(FIRST, "{\"key\":\"jack\",\"nbf\":100}");
        assertThat(refused(early, "key", "").ttlMillis()).hasValue(1);
        millis = 101_000;
        assertThat(ruling(early)).isInstanceOf(Verdict.Accepted.class);
        assertThat(refused(token(SECOND, "{\"key\":\"jack\",\"nbf\":100}"), "key", "")
                        .ttlMillis())
                .as("wrong in any case")
                .isEmpty();
    }

    @Test
    void reasonsAreToldApart() {
        jack(JwtAlgorithm.HS256, FIRST, 0);
        assertThat(reason("no token")).isEqualTo(Reason.MALFORMED_TOKEN);
        assertThat(reason("")).isEqualTo(Reason.MALFORMED_TOKEN);
        assertThat(reason(token(FIRST, "{\"sub\":\"jack\"}"))).isEqualTo(Reason.MISSING_KEY_CLAIM);
        assertThat(reason(token(FIRST, "{\"key\":\"unknown\"}"))).isEqualTo(Reason.INVALID_KEY);
        assertThat(reason(token(SECOND, "{\"key\":\"jack\"}"))).isEqualTo(Reason.NOT_VERIFIED);
    }

    @Test
    void routeDecidesWhichClaimsCount() {
        jack(JwtAlgorithm.HS256, FIRST, 0);
        String token = token(FIRST, "{\"sub\":\"jack\",\"exp\":200}");
        assertThat(verdicts.of(token.getBytes(StandardCharsets.UTF_8), "sub", "exp"))
                .isInstanceOf(Verdict.Accepted.class);
        assertThat(refused(token, "sub", "exp,nbf").reason()).isEqualTo(Reason.NOT_VERIFIED);
        assertThat(refused(token, "key", "").reason()).isEqualTo(Reason.MISSING_KEY_CLAIM);
        assertThatThrownBy(() -> refused(token, "sub", "exp,iat")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"50", "-1e300", "\"no number\"", "null"})
    void expiryThatTheRouteDoesNotLookAtEndsNoVerdict(String expiry) {
        jack(JwtAlgorithm.HS256, FIRST, 0);
        String token = token(FIRST, "{\"key\":\"jack\",\"nbf\":50,\"exp\":" + expiry + "}");

        assertThat(verdicts.of(token.getBytes(StandardCharsets.UTF_8), "key", "nbf"))
                .isInstanceOfSatisfying(
                        Verdict.Accepted.class,
                        accepted -> assertThat(accepted.ttlMillis()).hasValue(STALE_TTL.toMillis()));
        assertThat(refused(token, "key", "exp").reason()).isEqualTo(Reason.NOT_VERIFIED);
    }

    @Test
    void startThatTheRouteDoesNotLookAtShortensNoRefusal() {
        jack(JwtAlgorithm.HS256, FIRST, 0);
        String token = token(SECOND, "{\"key\":\"jack\",\"nbf\":200,\"exp\":300}");

        assertThat(refused(token, "key", "exp").ttlMillis()).isEmpty();
        assertThat(refused(token, "key", "exp,nbf").ttlMillis()).hasValue(1);
    }

    @Test
    void verdictOnTheSecretBeforeARotationEndsWithTheOverlap() {
        jack(JwtAlgorithm.HS256, FIRST, 0);
        it.rotate("jack", "2", SECOND);
        it.settle();
        assertThat(ttl("{\"key\":\"jack\"}").orElseThrow()).isBetween(1L, OVERLAP.toMillis());
        assertThat(ttl("{\"key\":\"jack\",\"exp\":101}")).hasValue(750);
    }

    @Test
    void publicKeyIsUsedOffTheEventLoopAndNotTwice() {
        KeyPair pair = MadeToken.pair(JwtAlgorithm.ES256);
        jack(JwtAlgorithm.ES256, MadeToken.pem(pair.getPublic()), 0);
        String token = MadeToken.of(JwtAlgorithm.ES256, pair.getPrivate(), "{\"key\":\"jack\",\"exp\":103}");
        Ruling.Later later = (Ruling.Later) ruling(token);
        assertThat(((Verdict.Accepted) later.rest().get()).ttlMillis()).hasValue(2_750);
        assertThat(ruling(token)).isInstanceOf(Verdict.Accepted.class);
    }

    @Test
    void consumerThatIsGoneMeanwhileIsRefused() {
        KeyPair pair = MadeToken.pair(JwtAlgorithm.ES256);
        jack(JwtAlgorithm.ES256, MadeToken.pem(pair.getPublic()), 0);
        Ruling.Later later =
                (Ruling.Later) ruling(MadeToken.of(JwtAlgorithm.ES256, pair.getPrivate(), "{\"key\":\"jack\"}"));
        it.without("jack").publish();
        assertThat(((Verdict.Refused) later.rest().get()).reason()).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void unknownKeyIsUndecidedUntilAllAreResolved() {
        it.consumer("jack", new Credential.JwtAuth(null, it.reference("none/key"), it.text(FIRST), "HS256", false, 0))
                .tell();
        it.build();
        assertThat(ruling(token(FIRST, "{\"key\":\"jack\"}"))).isInstanceOf(Verdict.Unavailable.class);
    }

    @Test
    void verdictEndsWithTheCredentialIfTheTokenDoesNotEndBefore() {
        it.secrets.provider.put(
                "jack",
                "1",
                "key",
                FIRST,
                "expires_at",
                it.secrets.clock().plusSeconds(2).toString());
        it.consumer("jack", new Credential.JwtAuth(null, it.name("jack"), it.reference("jack/key"), "HS256", false, 0))
                .publish();
        assertThat(ttl("{\"key\":\"jack\"}")).hasValue(2_000);
        assertThat(ttl("{\"key\":\"jack\",\"exp\":101}")).hasValue(750);
        it.secrets.skip(Duration.ofSeconds(2));
        assertThat(reason(token(FIRST, "{\"key\":\"jack\"}"))).isEqualTo(Reason.EXPIRED);
        assertThat(reason(token(SECOND, "{\"key\":\"jack\"}"))).isEqualTo(Reason.NOT_VERIFIED);
    }
}
