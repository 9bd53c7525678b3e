package dev.secretproviders.auth.hmac;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.DecisionTable;
import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.ListedRequest;
import dev.secretproviders.auth.RequestNeeds;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.spi.ProviderException.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What hmac-auth of APISIX does not do or not show: rotation, replays, and asking for no more than is needed. */
class HmacAuthenticatorTest {
    private static final CredentialName JACK = new CredentialName("jack", null, CredentialKind.HMAC_AUTH);
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(SignedRequest.NOW));
    private static final String ONCE = "{\"replay_window\":600}";
    private static final String WITH_BODY = "{\"validate_request_body\":true}";
    private static final RequestNeeds TARGET = RequestNeeds.ofVariable("request_uri");

    private final DirectoryFixture it = new DirectoryFixture();
    private SeenSignatures seen = new SeenSignatures(it.secrets.ticker());

    @BeforeEach
    void jackHasASecretKey() {
        it.secrets.provider.put("jack", "1", "secret_key", "one");
        it.consumer("jack", it.hmac(null, it.name("jack-id"), it.reference("jack/secret_key")))
                .consumer("guest")
                .publish();
    }

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private HmacAuthenticator route(String json) throws InvalidAuthConfigException {
        return HmacAuthenticator.prepare(json, it.context(UnresolvedAnswer.UNAVAILABLE), seen, CLOCK);
    }

    private Reason reason(String json, ListedRequest request) throws InvalidAuthConfigException {
        return DecisionTable.decision(route(json), request).reason();
    }

    private void rotate(String version, String secret) {
        it.secrets.provider.put("jack", version, "secret_key", secret);
        refresh();
    }

    private void refresh() {
        it.secrets.resolver.refresh(it.secrets.provider.id, List.of());
        it.secrets.drain();
        it.settle();
    }

    private List<RequestNeeds> questions(String json, ListedRequest request) throws InvalidAuthConfigException {
        List<RequestNeeds> asked = new ArrayList<>();
        Judgement judgement = route(json).decide(request);
        while (judgement instanceof Judgement.Ask(RequestNeeds needs, Judgement.Next next)) {
            asked.add(needs);
            request.fetch(needs);
            judgement = next.judge(request);
        }
        assertThat(judgement).isInstanceOf(Decision.class);
        return asked;
    }

    @Test
    void rotatedKeyAndThePreviousOneAreAcceptedDuringTheOverlap() throws Exception {
        rotate("2", "two");

        assertThat(reason("{}", SignedRequest.get("jack-id", "two"))).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("{}", SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.ACCEPTED_PREVIOUS);
        assertThat(Objects.requireNonNull(it.directory.previousUses().get(JACK)).count())
                .isEqualTo(1);

        it.secrets.pass(ResolverFixture.OVERLAP.plusSeconds(1));
        it.settle();
        assertThat(reason("{}", SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.INVALID_KEY);
        assertThat(reason("{}", SignedRequest.get("jack-id", "two"))).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void keyThatIsGoneIsRefusedAtOnce() throws Exception {
        it.secrets.provider.gone("jack");
        refresh();
        assertThat(reason("{}", SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.INVALID_KEY);
        assertThat(it.affected()).containsExactly("jack");
    }

    @Test
    void keyThatCouldNotBeConfirmedForTooLongIsUndecided() throws Exception {
        it.secrets.provider.fail("jack", Kind.UNAVAILABLE);
        it.secrets.pass(ResolverFixture.STALE_TTL.plusSeconds(1));
        it.settle();
        assertThat(reason("{}", SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.UNRESOLVED);
    }

    @Test
    void emptyKeyProvesNothing() throws Exception {
        rotate("2", "");
        it.secrets.pass(ResolverFixture.OVERLAP.plusSeconds(1));
        it.settle();
        ListedRequest request = SignedRequest.get("jack-id", "one");
        assertThat(reason("{}", request)).isNotEqualTo(Reason.ACCEPTED);
    }

    @Test
    void targetIsAskedForOnlyIfItIsSignedAndTheRestIsRight() throws Exception {
        assertThat(questions("{}", SignedRequest.get("jack-id", "one"))).containsExactly(TARGET);
        assertThat(questions("{}", SignedRequest.get("unknown", "one")))
                .as("so that the time does not tell which key ids exist")
                .containsExactly(TARGET);
        assertThat(questions("{\"allowed_algorithms\":[\"hmac-sha1\"]}", SignedRequest.get("jack-id", "one")))
                .isEmpty();
        assertThat(questions("{\"signed_headers\":[\"x-a\"]}", SignedRequest.get("jack-id", "one")))
                .isEmpty();
        assertThat(questions("{}", new ListedRequest())).isEmpty();
        String dateAlone = SignedRequest.signature("one", "jack-id\ndate: " + SignedRequest.DATE + "\n");
        assertThat(questions(
                        "{}",
                        new ListedRequest()
                                .header("date", SignedRequest.DATE)
                                .header(
                                        "authorization",
                                        "Signature keyId=\"jack-id\",algorithm=\"hmac-sha256\",headers=\"date\",signature=\""
                                                + dateAlone + "\"")))
                .isEmpty();
    }

    @Test
    void bodyIsAskedForOnlyOfAClientWithARightSignature() throws Exception {
        assertThat(questions(WITH_BODY, SignedRequest.post("jack-id", "one", "text")))
                .containsExactly(TARGET, RequestNeeds.ofBody());
        assertThat(questions(WITH_BODY, SignedRequest.post("jack-id", "wrong", "text")))
                .containsExactly(TARGET);
        assertThat(questions(WITH_BODY, SignedRequest.get("jack-id", "one")))
                .as("without a digest")
                .containsExactly(TARGET);
        assertThat(questions(
                        "{\"validate_request_body\":true,\"max_req_body_size\":3}",
                        SignedRequest.post("jack-id", "one", "text").header("content-length", "4")))
                .as("announced as too large")
                .containsExactly(TARGET);
        assertThat(questions("{}", SignedRequest.post("jack-id", "one", "text")))
                .containsExactly(TARGET);
    }

    @Test
    void needsAreAllThatMayBeAskedFor() throws Exception {
        assertThat(route("{}").needs()).isEqualTo(TARGET);
        assertThat(route(WITH_BODY).needs()).isEqualTo(TARGET.and(RequestNeeds.ofBody()));
    }

    @Test
    void bodyThatNoFrameCanHoldIsTooLargeWhateverTheRouteAllows() throws Exception {
        ListedRequest request = SignedRequest.post("jack-id", "one", "text").header("content-length", "16777216");
        assertThat(DecisionTable.decision(route(WITH_BODY), request))
                .isInstanceOfSatisfying(Decision.Refuse.class, refuse -> {
                    assertThat(refuse.status()).isEqualTo(413);
                    assertThat(refuse.body())
                            .isEqualTo("{\"message\":\"request size 16777216 is greater than the maximum size 16777151"
                                    + " allowed\"}\n");
                });
    }

    @Test
    void bodyTooLargeHasOneAnswerForEachSize() throws Exception {
        HmacAuthenticator route = route("{\"validate_request_body\":true,\"max_req_body_size\":3}");

        assertThat(refusalOf(route, "text"))
                .isSameAs(refusalOf(route, "text"))
                .isNotEqualTo(refusalOf(route, "longer"));
    }

    private static Judgement refusalOf(HmacAuthenticator route, String body) {
        ListedRequest request =
                SignedRequest.post("jack-id", "one", body).header("content-length", Integer.toString(body.length()));
        request.fetch(TARGET);
        return ((Judgement.Ask) route.decide(request)).next().judge(request);
    }

    /** A request whose text is the name {@code x} and a value of 1021 bytes, so many times, and some bytes more. */
    private static ListedRequest withLines(int lines, int more) {
        String keyId = "jack-id";
        String date = "date: " + SignedRequest.DATE + "\n";
        String value = "v".repeat(1020);
        String last = "w".repeat(more);
        String text = keyId + "\n" + date + ("x: " + value + "\n").repeat(lines) + "y: " + last + "\n";
        return new ListedRequest()
                .header("date", SignedRequest.DATE)
                .header("x", value)
                .header("y", last)
                .header(
                        "authorization",
                        "Signature keyId=\"" + keyId + "\",algorithm=\"hmac-sha256\",headers=\"date "
                                + "x ".repeat(lines) + "y\",signature=\"" + SignedRequest.signature("one", text)
                                + "\"");
    }

    @Test
    void textMayBeAsLongAsTheCompanionMaySend() throws Exception {
        int head = ("jack-id\ndate: " + SignedRequest.DATE + "\ny: \n").length();
        assertThat(reason("{}", withLines(127, 1024 - head))).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("{}", withLines(127, 1024 - head + 1))).isEqualTo(Reason.INVALID_KEY);
        assertThat(reason("{}", withLines(8000, 1))).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void targetCountsForTheLengthOfTheText() throws Exception {
        String target = "/" + "a".repeat(30_000);
        String words = "@request-target ".repeat(5) + "date";
        String text = "jack-id\n" + ("GET " + target + "\n").repeat(5) + "date: " + SignedRequest.DATE + "\n";
        ListedRequest request = new ListedRequest()
                .target(target)
                .header("date", SignedRequest.DATE)
                .header(
                        "authorization",
                        "Signature keyId=\"jack-id\",algorithm=\"hmac-sha256\",headers=\"" + words + "\",signature=\""
                                + SignedRequest.signature("one", text) + "\"");
        assertThat(reason("{}", request)).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void keyThatGoesWhileTheBodyIsOnItsWayIsRefused() throws Exception {
        ListedRequest request = SignedRequest.post("jack-id", "one", "text");
        request.fetch(TARGET);
        Judgement judgement =
                ((Judgement.Ask) route(WITH_BODY).decide(request)).next().judge(request);

        it.secrets.provider.gone("jack");
        refresh();
        request.fetch(RequestNeeds.ofBody());

        assertThat(((Judgement.Ask) judgement).next().judge(request))
                .isInstanceOfSatisfying(
                        Decision.Refuse.class,
                        refuse -> assertThat(refuse.reason()).isEqualTo(Reason.INVALID_KEY));
    }

    @Test
    void signatureCountsOnceWithinTheWindow() throws Exception {
        assertThat(reason(ONCE, SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.ACCEPTED);
        assertThat(reason(ONCE, SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.REPLAYED);
        assertThat(reason(ONCE, SignedRequest.get("jack-id", "one", "/other"))).isEqualTo(Reason.ACCEPTED);

        it.secrets.pass(Duration.ofSeconds(599));
        assertThat(reason(ONCE, SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.REPLAYED);
        it.secrets.pass(Duration.ofSeconds(2));
        assertThat(reason(ONCE, SignedRequest.get("jack-id", "one")))
                .as("the date is valid to the end of the second in which twice the skew is over")
                .isEqualTo(Reason.REPLAYED);
        it.secrets.pass(Duration.ofSeconds(2));
        assertThat(reason(ONCE, SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void signatureInAnotherFormOfBase64IsTheSame() throws Exception {
        ListedRequest first = SignedRequest.get("jack-id", "one");
        assertThat(reason(ONCE, first)).isEqualTo(Reason.ACCEPTED);
        String text = "jack-id\nGET /\ndate: " + SignedRequest.DATE + "\n";
        String unpadded = SignedRequest.signature("one", text).replace("=", "");
        ListedRequest again = new ListedRequest()
                .header("date", SignedRequest.DATE)
                .header(
                        "authorization",
                        "Signature keyId=\"jack-id\",algorithm=\"hmac-sha256\",headers=\"@request-target date\",signature=\""
                                + unpadded + "=more\"");
        assertThat(reason(ONCE, again)).isEqualTo(Reason.REPLAYED);
    }

    @Test
    void replayIsRefusedAsAWrongSignatureAndLeadsToTheAnonymousConsumer() throws Exception {
        String json = "{\"replay_window\":600,\"anonymous_consumer\":\"guest\"}";
        assertThat(reason(json, SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.ACCEPTED);
        assertThat(reason(json, SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.ANONYMOUS);
        assertThat(DecisionTable.decision(route(ONCE), SignedRequest.get("jack-id", "one")))
                .isInstanceOfSatisfying(
                        Decision.Refuse.class,
                        refuse -> assertThat(refuse.body())
                                .isEqualTo("{\"message\":\"client request can't be validated\"}\n"));
    }

    @Test
    void onlyARightSignatureWithARightBodyIsRemembered() throws Exception {
        assertThat(reason(ONCE, SignedRequest.get("jack-id", "wrong"))).isEqualTo(Reason.INVALID_KEY);
        assertThat(reason(ONCE, SignedRequest.get("jack-id", "wrong"))).isEqualTo(Reason.INVALID_KEY);
        String json = "{\"replay_window\":600,\"validate_request_body\":true}";
        assertThat(reason(json, SignedRequest.post("jack-id", "one", "text").withBody("other")))
                .isEqualTo(Reason.INVALID_KEY);
        assertThat(seen.size()).isZero();
        assertThat(reason(json, SignedRequest.post("jack-id", "one", "text"))).isEqualTo(Reason.ACCEPTED);
        assertThat(seen.size()).isOne();
    }

    @Test
    void routeWithoutAWindowRemembersNothing() throws Exception {
        assertThat(reason("{}", SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("{}", SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.ACCEPTED);
        assertThat(seen.size()).isZero();
    }

    @Test
    void fullMemoryIs503InsteadOfASecondUse() throws Exception {
        seen = new SeenSignatures(it.secrets.ticker(), 0);
        int accepted = 0;
        Decision decision = DecisionTable.decision(route(ONCE), SignedRequest.get("jack-id", "one", "/0"));
        while (decision.reason() == Reason.ACCEPTED) {
            accepted++;
            decision = DecisionTable.decision(route(ONCE), SignedRequest.get("jack-id", "one", "/" + accepted));
        }
        assertThat(decision).isInstanceOfSatisfying(Decision.Refuse.class, refuse -> {
            assertThat(refuse.reason()).isEqualTo(Reason.TOO_MANY_SIGNATURES);
            assertThat(refuse.status()).isEqualTo(503);
        });
        assertThat(reason(ONCE, SignedRequest.get("jack-id", "one", "/0"))).isEqualTo(Reason.REPLAYED);
        assertThat(reason("{}", SignedRequest.get("jack-id", "one", "/" + accepted)))
                .isEqualTo(Reason.ACCEPTED);
    }

    private Verdict verdict(String secret, String signature, long window) {
        byte[] text = ("jack-id\nGET /\n" + secret).getBytes(StandardCharsets.UTF_8);
        return new HmacVerdicts(it.context(UnresolvedAnswer.UNAVAILABLE), seen)
                .of(new HmacVerdicts.Question(bytes("jack-id"), bytes("hmac-sha256"), text, bytes(signature), window));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void companionIsToldAboutASignature() {
        String right = SignedRequest.signature("one", "jack-id\nGET /\nx");
        long sequence = it.directory.sequence();

        assertThat(verdict("x", right, 0)).isInstanceOfSatisfying(Verdict.Accepted.class, accepted -> {
            assertThat(accepted.credential()).isEqualTo(JACK);
            assertThat(accepted.sequence()).isEqualTo(sequence);
        });
        assertThat(verdict("y", right, 0)).isInstanceOf(Verdict.Refused.class);
        assertThat(verdict("x", "%%%", 0))
                .isEqualTo(new Verdict.Refused(sequence, Verdict.Reason.INVALID_KEY, OptionalLong.of(0)));
        assertThat(verdict("x", right, 600)).isInstanceOf(Verdict.Accepted.class);
        assertThat(verdict("x", right, 600))
                .isEqualTo(new Verdict.Refused(sequence, Verdict.Reason.REPLAYED, OptionalLong.of(0)));
    }

    @Test
    void filterAndCompanionShareTheMemory() throws Exception {
        String right = SignedRequest.signature("one", "jack-id\nGET /\ndate: " + SignedRequest.DATE + "\n");
        assertThat(reason(ONCE, SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.ACCEPTED);
        assertThat(verdict("date: " + SignedRequest.DATE + "\n", right, 600))
                .isEqualTo(new Verdict.Refused(it.directory.sequence(), Verdict.Reason.REPLAYED, OptionalLong.of(0)));
    }

    @Test
    void nothingPrintsAKey() throws Exception {
        assertThat(new HmacProof(bytes("canary")).toString()).doesNotContain("canary");
        HmacVerdicts.Question question =
                new HmacVerdicts.Question(bytes("canary"), bytes("hmac-sha256"), bytes("canary"), bytes("canary"), 0);
        assertThat(question.toString()).doesNotContain("canary");
        rotate("2", "canary");
        assertThat(it.directory.consumers().toString()).doesNotContain("canary");
        assertThat(DecisionTable.decision(route("{}"), SignedRequest.get("jack-id", "canary"))
                        .toString())
                .doesNotContain("canary");
    }

    @Test
    void signatureOfADisabledCredentialIsRefusedAndNotCounted() throws Exception {
        it.secrets.provider.put("jack", "2", "secret_key", "one", "disabled", "true");
        refresh();
        assertThat(reason(ONCE, SignedRequest.get("jack-id", "one"))).isEqualTo(Reason.DISABLED);
        assertThat(reason(ONCE, SignedRequest.get("jack-id", "wrong"))).isEqualTo(Reason.INVALID_KEY);
        assertThat(seen.size()).isZero();
    }
}
