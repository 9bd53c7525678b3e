package dev.secretproviders.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SecretReferenceTest {

    @Test
    void referenceNamesProviderAndPath() {
        SecretReference reference = SecretReference.parse("$secret://vault/prod/jack/auth-key");

        assertThat(reference.provider()).isEqualTo(new ProviderId("vault", "prod"));
        assertThat(reference.path()).isEqualTo("jack/auth-key");
        assertThat(reference.segments()).containsExactly("jack", "auth-key");
        assertThat(reference.version()).isNull();
        assertThat(reference.stage()).isNull();
    }

    @Test
    void versionAndStageArePinnedAfterTheQuestionMark() {
        SecretReference reference = SecretReference.parse("$secret://aws/eu.1/a/b?version=3f-2&stage=AWSPREVIOUS");

        assertThat(reference.path()).isEqualTo("a/b");
        assertThat(reference.version()).isEqualTo("3f-2");
        assertThat(reference.stage()).isEqualTo("AWSPREVIOUS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"$env://NAME", "$ENV://NAME", "$Env://NAME"})
    void environmentSchemeIsReadInAnyLetterCase(String text) {
        assertThat(SecretReference.parse(text))
                .isEqualTo(new SecretReference(ProviderId.ENVIRONMENT, "NAME", null, null));
    }

    @Test
    void environmentVariableMayHaveAField() {
        assertThat(SecretReference.parse("$env://KEYS/jack/key").path()).isEqualTo("KEYS/jack/key");
    }

    /** The position is that of the caret: the first character that is wrong, or the end if something is missing. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "plain-key                        | 0",
                "$SECRET://vault/prod/a/b         | 0",
                "$secret://                       | 10",
                "$secret://Vault/prod/a/b         | 10",
                "$secret://vaUlt/prod/a/b         | 12",
                "$secret://vault                  | 15",
                "$secret://vault/                 | 16",
                "$secret://vault/pr od/a          | 18",
                "$secret://vault/prod             | 20",
                "$secret://vault/prod/            | 21",
                "$secret://vault/prod/a//b        | 23",
                "$secret://vault/prod/a/          | 23",
                "$secret://vault/prod/./b         | 21",
                "$secret://vault/prod/a/../sys/b  | 23",
                "$secret://vault/prod/a%2fb       | 22",
                "$secret://vault/prod/a#b         | 22",
                "$secret://vault/prod/a\\b        | 22",
                "$secret://vault/prod/a?          | 23",
                "$secret://vault/prod/a?ver=1     | 23",
                "$secret://vault/prod/a?version   | 30",
                "$secret://vault/prod/a?version=  | 31",
                "$secret://vault/prod/a?version=1 2 | 32",
                "$secret://vault/prod/a?version=1&version=2 | 33",
                "$secret://vault/prod/a?version=1&  | 33",
                "$secret://vault/prod/a?trim=1    | 27",
                "$secret://vault/prod/a?trim&     | 28",
                "$secret://vault/prod/a?decode    | 29",
                "$secret://vault/prod/a?decode=   | 30",
                "$secret://vault/prod/a?decode=hex | 30",
                "$secret://vault/prod/a?json=     | 28",
                "$secret://vault/prod/a?json=a    | 28",
                "$secret://vault/prod/a?json=/a~  | 30",
                "$secret://vault/prod/a?json=/a~2 | 30",
                "$secret://vault/prod/a?json=/%7E | 28",
                "$secret://vault/prod/a?json=/a%2 | 30",
                "$secret://vault/prod/a?json=/%zz | 29",
                "$secret://vault/prod/a?json=/%C3 | 29",
                "$secret://vault/prod/a?json=/a#b | 30",
                "$env://NAME?vers=1               | 12",
                "$env://NAME/field?trim=          | 22",
                "$env://                          | 7",
                "$env://1A                        | 7",
                "$env://A-B                       | 8",
                "$env://A/                        | 9",
                "$env://A/b//c                    | 11"
            })
    void malformedReferenceIsRefusedAtItsFirstWrongCharacter(String text, int position) {
        InvalidReferenceException e =
                catchThrowableOfType(InvalidReferenceException.class, () -> SecretReference.parse(text));

        assertThat(e.position()).isEqualTo(position);
        assertThat(e).hasMessageContaining("at character " + (position + 1) + ": ");
    }

    @Test
    void transformsAreAppliedInTheOrderInWhichTheyAreWritten() {
        SecretReference reference =
                SecretReference.parse("$secret://aws/main/app?trim&json=/a~1b/0&version=3&decode=base64&json=/key");

        assertThat(reference.transforms())
                .containsExactly(
                        new Transform.Trim(),
                        new Transform.Json("/a~1b/0"),
                        new Transform.DecodeBase64(),
                        new Transform.Json("/key"));
        assertThat(reference.path()).isEqualTo("app");
        assertThat(reference.version()).isEqualTo("3");
        assertThat(reference).hasToString("$secret://aws/main/app?version=3&trim&json=/a~1b/0&decode=base64&json=/key");
    }

    @Test
    void referenceToAVariableMayHaveTransforms() {
        assertThat(SecretReference.parse("$ENV://NAME/field?decode=base64"))
                .hasToString("$env://NAME/field?decode=base64")
                .isEqualTo(new SecretReference(
                        ProviderId.ENVIRONMENT, "NAME/field", null, null, List.of(new Transform.DecodeBase64())));
    }

    @Test
    void pointerHasAnyCharacterAsPercentEncodedUtf8() {
        SecretReference reference = SecretReference.parse("$env://A?json=/a%26b%25/%C3%A4%F0%9F%94%91/ä?=%7C%0a");

        assertThat(reference.transforms()).containsExactly(new Transform.Json("/a&b%/ä\uD83D\uDD11/ä?=|\n"));
        assertThat(reference).hasToString("$env://A?json=/a%26b%25/ä\uD83D\uDD11/ä?=%7C%0A");
    }

    @ParameterizedTest
    @CsvSource({"base64, decode=base64", "Decode=base64, decode", "jsonpath=/a, json", "strip, stage", "ver=1, version"
    })
    void unknownParameterIsRefusedWithTheOneThatIsProbablyMeant(String parameter, String meant) {
        assertThatThrownBy(() -> SecretReference.parse("$secret://vault/prod/a/b?" + parameter))
                .hasMessageContaining(
                        "expected one of version, stage, json, decode, trim; did you mean '" + meant + "'?");
    }

    @Test
    void severalReferencesAreNotOne() {
        assertThatThrownBy(() -> SecretReference.parse("$secret://vault/prod/a/b||$env://A"))
                .isInstanceOfSatisfying(
                        InvalidReferenceException.class,
                        e -> assertThat(e.position()).isEqualTo(24))
                .hasMessageContaining("'||'");
    }

    @Test
    void transformsAloneAreReadAsInAReference() {
        assertThat(Transform.parse("")).isEmpty();
        assertThat(Transform.parse("trim&json=/a")).containsExactly(new Transform.Trim(), new Transform.Json("/a"));
        assertThatThrownBy(() -> Transform.parse("version=1")).isInstanceOf(InvalidReferenceException.class);
        assertThatThrownBy(() -> new Transform.Json("a")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Transform.Json("/~2")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void controlCharactersAreRefused() {
        assertThatThrownBy(() -> SecretReference.parse("$secret://vault/prod/a\nb/c"))
                .isInstanceOfSatisfying(
                        InvalidReferenceException.class,
                        e -> assertThat(e.position()).isEqualTo(22));
    }

    /** A user pasted the key itself where the path belongs. The error must not show it. */
    @Test
    void errorDoesNotRepeatTheText() {
        assertThatThrownBy(() -> SecretReference.parse("$secret://vault/prod/pasted-key-9f8e#x"))
                .message()
                .doesNotContain("pasted-key-9f8e");
    }

    @ParameterizedTest
    @ValueSource(strings = {"$secret://vault/prod/a/b", "$SECRET://x", "$env://", "$Env://A", "$secret://"})
    void whatClaimsToBeAReferenceIsNeverAKey(String text) {
        assertThat(SecretReference.isReference(text)).isTrue();
        assertThat(isReferenceInBytes(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "key",
                "secret://vault/prod/a/b",
                " $secret://vault/prod/a/b",
                "$secret:/x",
                "$environment",
                "$secret",
                "$env"
            })
    void otherTextIsNoReference(String text) {
        assertThat(SecretReference.isReference(text)).isFalse();
        assertThat(isReferenceInBytes(text)).isFalse();
    }

    /** Among others, with what would make a part of one whole. */
    private static boolean isReferenceInBytes(String text) {
        byte[] utf8 = ("$$$" + text + "://").getBytes(StandardCharsets.UTF_8);
        return SecretReference.isReference(utf8, 3, utf8.length - 3 - "://".length());
    }
}
