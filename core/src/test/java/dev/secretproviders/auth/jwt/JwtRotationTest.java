package dev.secretproviders.auth.jwt;

import static dev.secretproviders.resolve.ResolverFixture.OVERLAP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.ListedRequest;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.consumer.Credential;
import java.security.KeyPair;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A rotated secret or key pair: both are accepted for the overlap, then only the new one. And what is remembered of it. */
class JwtRotationTest {
    private static final String FIRST = "first-secret-0123456789abcdef-0123";
    private static final String SECOND = "second-secret-0123456789abcdef-012";
    private static final String PAYLOAD = "{\"key\":\"jack\",\"exp\":1000}";

    private final DirectoryFixture it = new DirectoryFixture();
    private final VerifiedTokens verified = new VerifiedTokens();
    private long now = 100;
    private boolean judgedLater;
    private Authenticator route;

    @BeforeEach
    void routeIsPrepared() throws Exception {
        route = new JwtAuthenticators(it.context(UnresolvedAnswer.UNAVAILABLE), verified, () -> now).prepare("{}");
    }

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private void jack(JwtAlgorithm algorithm, String material) {
        it.secrets.provider.put("jack", "1", "key", material);
        it.consumer(
                        "jack",
                        new Credential.JwtAuth(
                                null, it.name("jack"), it.reference("jack/key"), algorithm.headerName(), false, 0))
                .publish();
    }

    private void rotate(String version, String material) {
        it.rotate("jack", version, material);
        it.settle();
    }

    private Reason decide(String token) {
        ListedRequest request = new ListedRequest().header("authorization", "Bearer " + token);
        Judgement judgement = route.decide(request);
        judgedLater = judgement instanceof Judgement.Later;
        return judgement instanceof Judgement.Later(Judgement.Next next)
                ? ((Decision) next.judge(request)).reason()
                : ((Decision) judgement).reason();
    }

    private static String hs256(String secret) {
        return MadeToken.of(JwtAlgorithm.HS256, MadeToken.secret(secret), PAYLOAD);
    }

    private static String es256(KeyPair pair) {
        return MadeToken.of(JwtAlgorithm.ES256, pair.getPrivate(), PAYLOAD);
    }

    @Test
    void bothSecretsAreAcceptedDuringTheOverlap() {
        jack(JwtAlgorithm.HS256, FIRST);
        assertThat(decide(hs256(FIRST))).isEqualTo(Reason.ACCEPTED);
        assertThat(decide(hs256(SECOND))).isEqualTo(Reason.INVALID_KEY);

        rotate("2", SECOND);
        assertThat(decide(hs256(SECOND))).isEqualTo(Reason.ACCEPTED);
        assertThat(decide(hs256(FIRST))).isEqualTo(Reason.ACCEPTED_PREVIOUS);

        it.secrets.pass(OVERLAP.plus(Duration.ofSeconds(1)));
        it.settle();
        assertThat(decide(hs256(SECOND))).isEqualTo(Reason.ACCEPTED);
        assertThat(decide(hs256(FIRST))).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void rememberedTokenOfARotatedKeyPairEndsWithTheOverlap() {
        KeyPair first = MadeToken.newPair(JwtAlgorithm.ES256);
        KeyPair second = MadeToken.newPair(JwtAlgorithm.ES256);
        jack(JwtAlgorithm.ES256, MadeToken.pem(first.getPublic()));
        assertThat(decide(es256(second))).isEqualTo(Reason.INVALID_KEY);
        String token = es256(first);
        assertThat(decide(token)).isEqualTo(Reason.ACCEPTED);
        assertThat(judgedLater).isTrue();
        assertThat(decide(token)).isEqualTo(Reason.ACCEPTED);
        assertThat(judgedLater).as("remembered").isFalse();

        rotate("2", MadeToken.pem(second.getPublic()));
        assertThat(decide(token)).isEqualTo(Reason.ACCEPTED_PREVIOUS);
        assertThat(judgedLater).as("the prepared key stayed").isFalse();
        assertThat(decide(es256(second))).isEqualTo(Reason.ACCEPTED);

        it.secrets.pass(OVERLAP.plus(Duration.ofSeconds(1)));
        it.settle();
        assertThat(decide(token)).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void rememberedTokenIsRefusedWhenItExpires() {
        KeyPair pair = MadeToken.newPair(JwtAlgorithm.ES256);
        jack(JwtAlgorithm.ES256, MadeToken.pem(pair.getPublic()));
        String token = es256(pair);
        assertThat(decide(token)).isEqualTo(Reason.ACCEPTED);

        now = 999;
        assertThat(decide(token)).isEqualTo(Reason.ACCEPTED);
        now = 1000;
        assertThat(decide(token)).isEqualTo(Reason.INVALID_KEY);
        assertThat(judgedLater).as("an expired token costs no verification").isFalse();
    }

    @Test
    void rememberedTokenIsRefusedWhenTheConsumerGoesAndWhenTheSecretIsGone() {
        KeyPair pair = MadeToken.newPair(JwtAlgorithm.ES256);
        jack(JwtAlgorithm.ES256, MadeToken.pem(pair.getPublic()));
        String token = es256(pair);
        assertThat(decide(token)).isEqualTo(Reason.ACCEPTED);

        it.without("jack").publish();
        assertThat(decide(token)).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void falseSignatureIsNotRemembered() {
        jack(
                JwtAlgorithm.ES256,
                MadeToken.pem(MadeToken.newPair(JwtAlgorithm.ES256).getPublic()));
        String token = es256(MadeToken.newPair(JwtAlgorithm.ES256));

        assertThat(decide(token)).isEqualTo(Reason.INVALID_KEY);
        assertThat(decide(token)).isEqualTo(Reason.INVALID_KEY);
        assertThat(judgedLater).isTrue();
        assertThat(verified.size()).isZero();
    }

    @Test
    void sharedSecretsNeverLeaveTheEventLoop() {
        jack(JwtAlgorithm.HS256, FIRST);

        assertThat(decide(hs256(FIRST))).isEqualTo(Reason.ACCEPTED);
        assertThat(judgedLater).isFalse();
        assertThat(decide(es256(MadeToken.pair(JwtAlgorithm.ES256)))).isEqualTo(Reason.INVALID_KEY);
        assertThat(judgedLater).as("the algorithm is compared first").isFalse();
    }

    @Test
    void weakAndUnusableSecretsAreToldAboutUntilTheyAreReplaced() {
        jack(JwtAlgorithm.HS256, "short-canary");
        assertThat(it.directory.index().weaknesses().values())
                .singleElement()
                .asString()
                .contains("fewer than 32 bytes")
                .doesNotContain("canary");
        assertThat(it.directory.problems()).isEmpty();

        rotate("2", MadeToken.pem(MadeToken.pair(JwtAlgorithm.RS256).getPublic()));
        assertThat(it.directory.problems().values())
                .singleElement()
                .asString()
                .startsWith("secret: holds a public key");
        assertThat(it.directory.index().weaknesses()).isEmpty();

        rotate("3", SECOND);
        assertThat(it.directory.problems()).isEmpty();
        assertThat(decide(hs256(SECOND))).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void unusableSecretProvesNothing() {
        jack(JwtAlgorithm.RS256, "no key at all");

        assertThat(decide(MadeToken.of(
                        JwtAlgorithm.RS256, MadeToken.pair(JwtAlgorithm.RS256).getPrivate(), PAYLOAD)))
                .isEqualTo(Reason.INVALID_KEY);
    }
}
