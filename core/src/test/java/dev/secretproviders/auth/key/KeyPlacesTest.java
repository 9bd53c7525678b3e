package dev.secretproviders.auth.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Accept;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.ListedRequest;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Places of a key that native {@code key-auth} does not have. They are off unless a route configures them. */
class KeyPlacesTest {
    private static final String ALL = "{'headers':['x-key','x-old-key'],'bearer':true,'cookie':'key'}";

    private final DirectoryFixture it = new DirectoryFixture();

    @BeforeEach
    void consumersAreKnown() {
        it.consumer("jack", it.literal(null, "jack-key")).consumer("guest").publish();
    }

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private Decision decide(String json, ListedRequest request) {
        return it.route(json.replace('\'', '"')).decide(request);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x-key|jack-key",
                "x-old-key|jack-key",
                "authorization|Bearer jack-key",
                "authorization|bEARER   jack-key",
                "cookie|a=1; key=jack-key; b=2",
                "cookie|key=jack-key"
            })
    void keyIsTakenFromEachPlaceThatIsConfiguredAndFromNoOther(String header, String value) {
        assertThat(decide(ALL, new ListedRequest().header(header, value)).reason())
                .isEqualTo(Reason.ACCEPTED);
        assertThat(decide("{}", new ListedRequest().header(header, value)).reason())
                .isEqualTo(Reason.MISSING_KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Basic amFjazpqYWNr", "Bearer", "Bearerjack-key", "jack-key", ""})
    void otherSchemeIsNoKey(String authorization) {
        assertThat(decide(ALL, new ListedRequest().header("authorization", authorization))
                        .reason())
                .isEqualTo(Reason.MISSING_KEY);
    }

    @Test
    void placesAreTriedInOrderAndTheFirstOneDecides() {
        ListedRequest all = new ListedRequest()
                .header("apikey", "jack-key")
                .header("x-key", "wrong")
                .header("x-old-key", "wrong")
                .header("authorization", "Bearer wrong")
                .header("cookie", "key=wrong")
                .argument("apikey", "wrong");
        assertThat(decide(ALL, all).reason()).isEqualTo(Reason.ACCEPTED);

        ListedRequest wrongFirst =
                new ListedRequest().header("x-old-key", "jack-key").header("x-key", "wrong");
        assertThat(decide(ALL, wrongFirst).reason()).isEqualTo(Reason.INVALID_KEY);

        ListedRequest argument =
                new ListedRequest().header("cookie", "key=wrong").argument("apikey", "jack-key");
        assertThat(decide(ALL, argument).reason()).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void onlyThePlaceOfTheKeyIsHiddenAndOtherCookiesStay() {
        String hiding = ALL.replace("{", "{'hide_credentials':true,");
        Accept accept = (Accept) decide(
                hiding,
                new ListedRequest()
                        .header("cookie", "a=\"x y\"; key=jack-key; b=2%")
                        .header("x-other", "1"));
        assertThat(accept.headers().getFirst()).isEqualTo(new Header("cookie", "a=\"x y\"; b=2%"));

        Accept bearer = (Accept) decide(
                hiding,
                new ListedRequest().header("authorization", "Bearer jack-key").header("cookie", "key=x"));
        assertThat(bearer.headers())
                .contains(new Header("authorization", null))
                .noneMatch(header -> header.name().equals("cookie"));
    }

    @Test
    void allPlacesAreHiddenFromAnAnonymousRequest() {
        Accept accept = (Accept) decide(
                ALL.replace("{", "{'hide_credentials':true,'anonymous_consumer':'guest',"),
                new ListedRequest()
                        .header("x-key", "wrong")
                        .header("authorization", "Bearer wrong")
                        .header("cookie", "key=wrong")
                        .argument("apikey", "wrong"));
        assertThat(accept.reason()).isEqualTo(Reason.ANONYMOUS);
        assertThat(accept.headers().subList(0, 3))
                .isEqualTo(List.of(
                        new Header("x-key", null), new Header("authorization", null), new Header("cookie", null)));
        assertThat(accept.removedArguments()).containsExactly("apikey");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{`headers`:[`a b`]}|headers must be the name of an HTTP header",
                "{`headers`:`x`}|headers must be a list of strings",
                "{`headers`:[`apikey`]}|headers must name each header once",
                "{`headers`:[`x`,`X`]}|headers must name each header once",
                "{`bearer`:1}|bearer must be true or false",
                "{`bearer`:true,`header`:`Authorization`}|bearer reads the header Authorization",
                "{`cookie`:`a;b`}|cookie must be the name of a cookie",
                "{`cookie`:``}|cookie must be a string that is not empty"
            })
    void errorsNameTheField(String json, String problem) {
        assertThatThrownBy(() -> KeyAuthConfig.parse(json.replace('`', '"')))
                .isInstanceOf(InvalidAuthConfigException.class)
                .hasMessageContaining(problem);
    }
}
