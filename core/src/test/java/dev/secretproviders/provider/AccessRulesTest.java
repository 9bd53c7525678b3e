package dev.secretproviders.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which consumers may refer to which paths of a provider. */
class AccessRulesTest {
    private final Problems problems = new Problems();

    private AccessRules read(Object access) {
        return AccessRules.read(Settings.root(Map.of("access", access), problems));
    }

    private static boolean allows(AccessRules rules, String consumer, String path) {
        return rules.allow(consumer, Map.of("team", "pay"), SecretReference.parse("$secret://vault/prod/" + path));
    }

    @Test
    void withoutRulesEverybodyMayReferToEverything() {
        AccessRules rules = AccessRules.read(Settings.root(Map.of(), problems));
        assertThat(rules.open()).isTrue();
        assertThat(allows(rules, "jack", "root/key")).isTrue();
    }

    @Test
    void emptyListLetsNobodyIn() {
        assertThat(allows(read(List.of()), "jack", "jack/key")).isFalse();
        // As YAML's [] arrives through Spring.
        assertThat(allows(read(""), "jack", "jack/key")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "{consumer}/*, jack, jack/key, true",
        "{consumer}/*, jack, jane/key, false",
        "{consumer}/*, jack, jack/deep/key, false",
        "{consumer}/**, jack, jack/deep/key, true",
        "shared/*-ro/key, jack, shared/a-ro/key, true",
        "shared/*-ro/key, jack, shared/a/b-ro/key, false",
        "a.c/key, jack, abc/key, false",
        "{consumer}, *, jack/key, false",
        "{consumer}/**, **, jack/key, false",
        "{other}/key, jack, {other}/key, true",
    })
    void pathPatternsMatchWholePaths(String pattern, String consumer, String path, boolean allowed) {
        assertThat(allows(read(List.of(Map.of("paths", List.of(pattern)))), consumer, path))
                .isEqualTo(allowed);
    }

    @Test
    void consumerNameCannotPassForAPartOfThePath() {
        AccessRules rules = read(List.of(Map.of("paths", List.of("{consumer}/**"))));
        assertThat(allows(rules, "jack\u0000jack/x", "root/key")).isFalse();
        assertThat(allows(rules, "jack\njack/x", "root/key")).isFalse();
    }

    @Test
    void everyPartOfARuleMustMatch() {
        AccessRules rules = read(List.of(
                Map.of("consumers", List.of("team-*"), "labels", Map.of("team", "pay"), "paths", List.of("pay/**")),
                Map.of("labels", Map.of("team", "ops"))));
        assertThat(allows(rules, "team-a", "pay/key")).isTrue();
        assertThat(allows(rules, "jack", "pay/key")).isFalse();
        assertThat(allows(rules, "team-a", "ops/key")).isFalse();
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void ruleThatAllowsEverythingIsAProblem() {
        read(List.of(Map.of()));
        assertThat(problems.lines()).singleElement().asString().startsWith("access[0]: allows everything");
    }
}
