package dev.secretproviders.auth.multi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Accept;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.ListedRequest;
import dev.secretproviders.auth.RequestNeeds;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.auth.basic.BasicAuthenticator;
import dev.secretproviders.auth.key.KeyAuthenticator;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.validity.Validity;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What APISIX's own {@code multi-auth} answers (apisix/plugins/multi-auth.lua), and how filters are combined. */
class MultiAuthenticatorTest {
    private static final String BASIC_THEN_KEY =
            "{'auth_plugins':[{'secret-basic-auth':{}},{'secret-key-auth':{'hide_credentials':true}}]}";

    private final DirectoryFixture it = new DirectoryFixture();

    @BeforeEach
    void consumersAreKnown() {
        it.consumer("jack", it.literal(null, "jack-key"))
                .consumer("rose", it.basic(null, it.name("rose"), it.text("rose-pass")))
                .consumer("guest")
                .publish();
    }

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private Authenticator route(String json) throws InvalidAuthConfigException {
        AuthContext context = it.context(UnresolvedAnswer.UNAVAILABLE);
        return new MultiAuthenticators(Map.of(
                        "secret-key-auth", conf -> KeyAuthenticator.prepare(conf, context),
                        "secret-basic-auth", conf -> BasicAuthenticator.prepare(conf, context)))
                .prepare(json.replace('\'', '"'));
    }

    private static ListedRequest basic(String text) {
        return new ListedRequest()
                .header(
                        "authorization",
                        "Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void firstThatAcceptsDecides() throws Exception {
        Authenticator route = route(BASIC_THEN_KEY);

        assertThat(route.decide(basic("rose:rose-pass").header("apikey", "jack-key")))
                .isInstanceOfSatisfying(
                        Accept.class, accept -> assertThat(accept.consumer()).isEqualTo("rose"));
        assertThat(route.decide(basic("rose:wrong").header("apikey", "jack-key")))
                .isInstanceOfSatisfying(Accept.class, accept -> {
                    assertThat(accept.consumer()).isEqualTo("jack");
                    assertThat(accept.headers()).contains(new Header("apikey", null));
                });
        assertThat(route.decide(new ListedRequest().header("apikey", "jack-key")))
                .isInstanceOf(Accept.class);
    }

    @Test
    void refusalHidesTheReasonAndHasTheChallengeOfTheLastOne() throws Exception {
        assertThat(route(BASIC_THEN_KEY).decide(basic("rose:wrong")))
                .isEqualTo(new Refuse(
                        Reason.INVALID_KEY,
                        401,
                        List.of(new Header("WWW-Authenticate", "apikey realm=\"key\"")),
                        "{\"message\":\"Authorization Failed\"}\n"));
        assertThat(((Decision) route(BASIC_THEN_KEY).decide(new ListedRequest())).reason())
                .isEqualTo(Reason.MISSING_KEY);
    }

    /** A shared answer is encoded once. */
    @Test
    void refusalsWithTheSameReasonAndChallengeAreOneObject() throws Exception {
        Authenticator route = route(BASIC_THEN_KEY);

        assertThat(route.decide(basic("rose:wrong"))).isSameAs(route.decide(basic("rose:other")));
        assertThat(route.decide(new ListedRequest()))
                .isSameAs(route.decide(new ListedRequest()))
                .isNotEqualTo(route.decide(basic("rose:wrong")));
    }

    @Test
    void requestThatOneCannotDecideYetIsNeitherRefusedNorAnonymous() throws Exception {
        it.secrets.provider.fail("late", Kind.UNAVAILABLE);
        it.consumer("late", it.referenced(null, "late/key")).publish();
        Authenticator route = route("{'auth_plugins':[{'secret-key-auth':{}},{'secret-basic-auth':{}}]}");
        Authenticator anonymous =
                route("{'auth_plugins':[{'secret-key-auth':{}},{'secret-basic-auth':{'anonymous_consumer':'guest'}}]}");
        ListedRequest unknown = new ListedRequest().header("apikey", "unknown");

        assertThat(((Decision) route.decide(unknown)).reason()).isEqualTo(Reason.UNRESOLVED);
        assertThat(((Decision) anonymous.decide(unknown)).reason()).isEqualTo(Reason.UNRESOLVED);
        assertThat(((Decision) anonymous.decide(new ListedRequest())).reason()).isEqualTo(Reason.ANONYMOUS);
        assertThat(((Decision) route.decide(basic("rose:rose-pass").header("apikey", "unknown"))).reason())
                .isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void whatOneAsksForIsFetchedAndTheOthersFollow() throws Exception {
        Refuse no = new Refuse(Reason.INVALID_KEY, 413, List.of(), "large");
        Authenticator asking = new Authenticator() {
            @Override
            public Judgement decide(RequestView request) {
                return new Judgement.Ask(RequestNeeds.ofBody(), asked -> new Judgement.Later(later -> no));
            }

            @Override
            public RequestNeeds needs() {
                return RequestNeeds.ofBody();
            }
        };
        Authenticator key = KeyAuthenticator.prepare("{}", it.context(UnresolvedAnswer.UNAVAILABLE));
        Authenticator both = new MultiAuthenticator(List.of(asking, key));
        ListedRequest request = new ListedRequest().header("apikey", "jack-key");

        assertThat(both.needs()).isEqualTo(RequestNeeds.ofBody());
        Judgement.Ask ask = (Judgement.Ask) both.decide(request);
        assertThat(ask.needs()).isEqualTo(RequestNeeds.ofBody());
        Judgement.Later later = (Judgement.Later) ask.next().judge(request);
        assertThat(((Decision) later.next().judge(request)).reason()).isEqualTo(Reason.ACCEPTED);
        assertThat(((Decision) ((Judgement.Later) ((Judgement.Ask) both.decide(new ListedRequest()))
                                .next()
                                .judge(new ListedRequest()))
                        .next()
                        .judge(new ListedRequest())))
                .isInstanceOfSatisfying(
                        Refuse.class, refuse -> assertThat(refuse.status()).isEqualTo(401));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{}|auth_plugins must be a list of 2 filters or more",
                "{'auth_plugins':{}}|auth_plugins must be a list of 2 filters or more",
                "{'auth_plugins':[{'secret-key-auth':{}}]}|auth_plugins must be a list of 2 filters or more",
                "{'auth_plugins':[{'secret-key-auth':{}},{}]}|auth_plugins[1] must be an object with a filter's name",
                "{'auth_plugins':[{'secret-key-auth':{}},{'basic-auth':{}}]}|write 'secret-basic-auth'",
                "{'auth_plugins':[{'secret-key-auth':{}},{'oauth':{}}]}|known are secret-basic-auth, secret-key-auth",
                "{'auth_plugins':[{'secret-key-auth':{'x':1}},{'secret-basic-auth':{}}]}|auth_plugins[0].secret-key-auth: unknown field 'x'",
                "{'auth_plugins':[{'secret-key-auth':[]},{'secret-basic-auth':{}}]}|auth_plugins[0].secret-key-auth: the value must be",
                "{'realm':'x'}|unknown field 'realm'; known is auth_plugins"
            })
    void errorsNameTheFilterAndTheRemedy(String json, String problem) {
        assertThatThrownBy(() -> route(json))
                .isInstanceOf(InvalidAuthConfigException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void credentialOutOfItsTimeLeavesTheOthersToDecide() throws Exception {
        Validity past = Validity.ofLabels("credential", Map.of("expires_at", "5")::get);
        it.consumer("jack", it.literal(null, "jack-key").with(past)).publish();
        Authenticator route = route("{'auth_plugins':[{'secret-key-auth':{}},{'secret-basic-auth':{}}]}");
        assertThat(route.decide(basic("rose:rose-pass").header("apikey", "jack-key")))
                .isInstanceOfSatisfying(
                        Accept.class, accept -> assertThat(accept.consumer()).isEqualTo("rose"));
        assertThat(route.decide(new ListedRequest().header("apikey", "jack-key")))
                .isInstanceOfSatisfying(
                        Refuse.class, refusal -> assertThat(refusal.reason()).isEqualTo(Reason.EXPIRED));
    }
}
