package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.provider.AccessRules;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.ScriptedProvider;
import dev.secretproviders.resolve.Trial;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The right to write a consumer does not give access to every secret: the provider's rules say which consumers may
 * refer to which paths.
 */
class AccessEnforcementTest {
    private final DirectoryFixture it = new DirectoryFixture();
    private final ScriptedProvider edited = new ScriptedProvider("prod");

    @BeforeEach
    void twoConsumersReferToTheSameSecret() {
        it.secrets.provider.put("jack", "1", "key", "secret-of-jack");
        edited.put("jack", "1", "key", "secret-of-jack");
        Consumer jack = new Consumer("jack", null, List.of(it.referenced(null, "jack/key")));
        Consumer mallory =
                new Consumer("mallory", null, Map.of("team", "evil"), List.of(it.referenced("one", "jack/key")));
        it.directory.changed(new ConsumerSnapshot(Map.of("jack", jack, "mallory", mallory), List.of()));
        it.settle();
    }

    @AfterEach
    void close() {
        it.close();
    }

    private void replaceProvider(Map<String, ?> object) {
        Problems problems = new Problems();
        ProviderPolicy policy = ProviderPolicy.read(Settings.root(object, problems));
        assertThat(problems.lines()).isEmpty();
        try (Trial trial = it.secrets.resolver.trial(new Registered(edited, policy))) {
            it.secrets.drain();
            trial.install();
        }
        it.settle();
    }

    @Test
    void withoutRulesBothMayAndTheKeyIsThereforeNobodys() {
        assertThat(it.decide("secret-of-jack").reason()).isEqualTo(Reason.AMBIGUOUS_KEY);
        assertThat(it.secrets.resolver.access(edited.id)).isEqualTo(AccessRules.OPEN);
    }

    @Test
    void rulesThatComeWithAnEditCountAtOnce() {
        replaceProvider(Map.of("access", List.of(Map.of("paths", List.of("{consumer}/*")))));
        assertThat(it.decide("secret-of-jack"))
                .isInstanceOfSatisfying(
                        Decision.Accept.class,
                        accept -> assertThat(accept.consumer()).isEqualTo("jack"));
    }

    @Test
    void whatNobodyMayUseIsNotEvenFetched() {
        replaceProvider(Map.of("access", List.of()));
        assertThat(it.decide("secret-of-jack").reason()).isEqualTo(Reason.INVALID_KEY);
        assertThat(it.secrets.resolver.resolutions()).isEmpty();
    }

    @Test
    void labelsOfTheConsumerCount() {
        replaceProvider(Map.of("access", List.of(Map.of("labels", Map.of("team", "evil")))));
        assertThat(it.decide("secret-of-jack"))
                .isInstanceOfSatisfying(
                        Decision.Accept.class,
                        accept -> assertThat(accept.consumer()).isEqualTo("mallory"));
    }

    @Test
    void lastUseIsKnownForEachCredential() {
        replaceProvider(Map.of("access", List.of(Map.of("paths", List.of("{consumer}/*")))));
        assertThat(it.directory.lastUses()).isEmpty();
        it.decide("secret-of-jack");
        it.decide("something else");
        it.directory.changed(Set.of());
        it.settle();
        assertThat(it.directory.lastUses())
                .as("across indexes")
                .containsOnlyKeys(new CredentialName("jack", null, CredentialKind.KEY_AUTH));
    }
}
