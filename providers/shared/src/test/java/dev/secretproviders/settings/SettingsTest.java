package dev.secretproviders.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {
    private final Problems problems = new Problems();

    @Test
    void everyProblemIsSaidAtOnceWithItsPath() {
        Settings settings = settings(Map.of(
                "port", "many",
                "ttl", "5 parsecs",
                "verify", "maybe",
                "mode", "fast",
                "uri", "ftp://host",
                "cache", Map.of("size", "1")));

        settings.integer("port", 1, 1, 65_535);
        settings.duration("ttl", Duration.ZERO);
        settings.flag("verify", true);
        settings.choice("mode", List.of("slow", "slower"));
        settings.httpUri("uri");
        settings.text("name");
        settings.section("cache").text("ttl");
        settings.finish();

        assertThatExceptionOfType(InvalidSettingsException.class)
                .isThrownBy(problems::throwIfAny)
                .satisfies(e -> assertThat(e.problems())
                        .containsExactlyInAnyOrder(
                                "port: expected a whole number from 1 to 65535, not 'many'",
                                "ttl: expected a duration such as 500ms, 30s, 5m, 12h or 7d, not '5 parsecs'",
                                "verify: expected true or false, not 'maybe'",
                                "mode: expected one of slow, slower, not 'fast'",
                                "uri: expected an address such as https://host:8200, without user, password or query, not 'ftp://host'",
                                "name: is required",
                                "cache.ttl: is required",
                                "cache.size: is not a known field; known here: ttl"))
                .withMessageStartingWith("the configuration has 8 problems:\n  ");
    }

    @Test
    void soundConfigurationHasNoProblems() {
        Settings settings = settings(Map.of("port", 80, "ttl", "30s"));

        assertThat(settings.integer("port", 1, 1, 100)).isEqualTo(80);
        assertThat(settings.duration("ttl", Duration.ZERO)).isEqualTo(Duration.ofSeconds(30));
        settings.finish();
        assertThatNoException().isThrownBy(problems::throwIfAny);
    }

    @ParameterizedTest
    @CsvSource({"500ms,PT0.5S", "30s,PT30S", "5 m,PT5M", "12h,PT12H", "7d,PT168H", "0,PT0S"})
    void durationHasAUnit(String text, Duration duration) {
        assertThat(settings(Map.of("ttl", text)).duration("ttl", Duration.ofDays(1)))
                .isEqualTo(duration);
        assertThat(problems.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"30", "-1s", "1w", "s", "1.5s"})
    void durationWithoutAUnitIsRefused(String text) {
        assertThat(settings(Map.of("ttl", text)).duration("ttl", Duration.ofDays(1)))
                .isEqualTo(Duration.ofDays(1));
        assertThat(problems.lines()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kv-version", "kv_version", "kvVersion", "KV_VERSION"})
    void fieldNamesAreReadInAnySpelling(String name) {
        assertThat(settings(Map.of(name, "auto")).text("kv_version")).isEqualTo("auto");
    }

    @Test
    void twoSpellingsOfOneFieldAreRefused() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("my-app", "a");
        tree.put("my_app", "b");

        settings(tree);

        assertThat(problems.lines()).containsExactly("my_app: is the same field as my-app; write one of them");
    }

    @Test
    void overrideReplacesAValueByItsFullPath() {
        Settings root = Settings.root(
                Map.of("cache", Map.of("ttl", "30s")), path -> path.equals("cache.ttl") ? "5s" : null, problems);

        assertThat(root.section("cache").duration("ttl", Duration.ZERO)).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void nameThatNoFileCanHaveIsAProblemOfItsField() {
        assertThat(Settings.root(Map.of("auth_file", "a\u0000b"), problems).readableFile("auth_file"))
                .isNull();
        assertThat(problems.lines()).containsExactly("auth_file: is not the name of a file");
    }

    @Test
    void addressLosesItsTrailingSlash() {
        assertThat(settings(Map.of("uri", "https://vault:8200/")).httpUri("uri"))
                .isEqualTo(URI.create("https://vault:8200"));
    }

    /** The value may hold a password, and problems are printed. */
    @Test
    void problemWithAnAddressDoesNotRepeatIt() {
        settings(Map.of("uri", "https://user:hunter2@host")).httpUri("uri");

        assertThat(problems.lines()).singleElement().asString().doesNotContain("hunter2");
    }

    @Test
    void listsAreReadFromListsCommasAndIndexedMaps() {
        assertThat(settings(Map.of("a", List.of("x", "y"))).texts("a")).containsExactly("x", "y");
        assertThat(settings(Map.of("a", "x, y")).texts("a")).containsExactly("x", "y");
        assertThat(settings(Map.of("a", Map.of("0", "x"))).texts("a")).containsExactly("x");
        assertThat(settings(Map.of()).texts("a")).isEmpty();
    }

    @Test
    void scalarWhereASectionBelongsIsRefused() {
        settings(Map.of("cache", "fast")).section("cache");

        assertThat(problems.lines()).containsExactly("cache: expected a section with fields");
    }

    private Settings settings(Map<String, ?> tree) {
        return Settings.root(tree, path -> null, problems);
    }

    @Test
    void addressThatMayHoldAPasswordIsNotShown() {
        for (String address : List.of("ftp://user:canary@host", "https://host?canary", "canary")) {
            Problems found = new Problems();
            Settings.root(Map.of("uri", address), found).httpUri("uri");
            assertThat(found.lines()).singleElement().asString().doesNotContain("canary");
        }
    }

    @Test
    void misspelledNameIsToldFromOneThatIsNothingLikeIt() {
        assertThat(Spelling.nearest("provider", List.of("providers", "consumers")))
                .isEqualTo("providers");
        assertThat(Spelling.nearest("sevrer", List.of("server", "store"))).isEqualTo("server");
        assertThat(Spelling.nearest("something", List.of("server", "store"))).isNull();
    }
}
