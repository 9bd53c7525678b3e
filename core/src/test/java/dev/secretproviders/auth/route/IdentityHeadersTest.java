package dev.secretproviders.auth.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Identities;
import dev.secretproviders.auth.Identity;
import dev.secretproviders.auth.ListedRequest;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.spi.Secret;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client cannot set its own identity, in any spelling, and no header is changed unnecessarily. */
class IdentityHeadersTest {
    private static final Identity JACK = Identities.of(new Consumer("jack", null, List.of()), null);
    private static final Identity FULL = Identities.of(
            new Consumer("jack", "c-42", List.of()),
            new Credential.KeyAuth(
                    "cred-1", new CredentialText.Literal(new KeyDigester().digest(Secret.ofUtf8("key")), true)));

    private static final List<Header> NAME_ALONE = List.of(
            new Header("X-Consumer-Username", "jack"),
            new Header("X-Credential-Identifier", null),
            new Header("X-Consumer-Custom-ID", null));

    private static List<Header> changes(RequestView request, Identity identity) {
        return new Identified(Decision.Reason.ACCEPTED, identity, Hidden.NOTHING, IdentityHeaders.lookAlikes(request))
                .headers();
    }

    private static List<Header> nameAloneAnd(String removed) {
        return Stream.concat(NAME_ALONE.stream(), Stream.of(new Header(removed, null)))
                .toList();
    }

    /** The runner may not see all headers of the client, so it cannot rely on their absence. */
    @Test
    void identifiersTheConsumerDoesNotHaveAreRemovedThoughNoneArrived() {
        ListedRequest request = new ListedRequest().header("host", "x").header("x-consumer-user", "y");
        assertThat(changes(request, JACK)).isEqualTo(NAME_ALONE);
    }

    @Test
    void identifiersTheConsumerHasAreSet() {
        assertThat(changes(new ListedRequest(), FULL))
                .containsExactly(
                        new Header("X-Consumer-Username", "jack"),
                        new Header("X-Credential-Identifier", "cred-1"),
                        new Header("X-Consumer-Custom-ID", "c-42"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Consumer-Username", "X-Credential-Identifier", "X-Consumer-Custom-ID"})
    void identifiersOfTheClientsOwnMakeNoDifferenceInAnyLetterCase(String name) {
        for (String spelling : List.of(name, name.toLowerCase(Locale.ROOT), name.toUpperCase(Locale.ROOT))) {
            ListedRequest request = new ListedRequest().header(spelling, "admin");
            assertThat(changes(request, JACK)).isEqualTo(NAME_ALONE);
        }
    }

    @Test
    void consumerByItsNameAloneTellsNoCustomId() {
        Identity anonymous = Identities.of(new Consumer("jack", "c-42", List.of()), null);
        assertThat(changes(new ListedRequest(), anonymous)).isEqualTo(NAME_ALONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x_consumer_username",
                "X_Consumer_Username",
                "X_CONSUMER_USERNAME",
                "x-consumer_username",
                "x_consumer-username",
                "X_Credential_Identifier",
                "x-credential_identifier",
                "x_consumer_custom_id",
                "X-Consumer-Custom_Id",
                "x_CONSUMER-custom_ID"
            })
    void lookAlikesAreRemovedEvenIfTheConsumerHasTheIdentifier(String name) {
        ListedRequest request = new ListedRequest().header("host", "x").header(name, "admin");
        assertThat(changes(request, JACK)).isEqualTo(nameAloneAnd(name));
        assertThat(changes(request, FULL)).contains(new Header(name, null)).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"x-consumer-usernama", "y_consumer_username", "x_consumer_username_", "xx_consumer_custom_i"})
    void otherHeadersOfTheSameLengthStay(String name) {
        ListedRequest request = new ListedRequest().header(name, "mine");
        assertThat(changes(request, JACK)).isEqualTo(NAME_ALONE);
    }

    @Test
    void hundredthHeaderMayHideOthersSoEverySpellingIsRemovedBlindly() {
        ListedRequest request = new ListedRequest();
        for (int i = 0; i < 99; i++) {
            request.header("h" + i, "x");
        }
        assertThat(changes(request, JACK)).isEqualTo(NAME_ALONE);
        request.header("h99", "x");
        Stream<String> removed = changes(request, JACK).stream()
                .filter(header -> header.value() == null)
                .map(Header::name);
        assertThat(removed)
                .containsExactlyInAnyOrder(
                        "X-Credential-Identifier",
                        "X-Consumer-Custom-ID",
                        "x_consumer-username",
                        "x-consumer_username",
                        "x_consumer_username",
                        "x_credential-identifier",
                        "x-credential_identifier",
                        "x_credential_identifier",
                        "x_consumer-custom-id",
                        "x-consumer_custom-id",
                        "x-consumer-custom_id",
                        "x_consumer_custom-id",
                        "x_consumer-custom_id",
                        "x-consumer_custom_id",
                        "x_consumer_custom_id");
        assertThat(changes(request, FULL)).contains(new Header("X-Consumer-Custom-ID", "c-42"));
    }
}
