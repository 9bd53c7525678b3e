package dev.secretproviders.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

final class SecretReferenceGrammarTest {

    @Property
    void canonicalSpellingParsesBackToAnEqualReference(@ForAll("references") SecretReference reference) {
        assertThat(SecretReference.parse(reference.toString())).isEqualTo(reference);
    }

    @Property
    void everyTextIsParsedOrRefusedAtAPositionInIt(@ForAll("texts") String text) {
        try {
            SecretReference reference = SecretReference.parse(text);
            assertThat(SecretReference.isReference(text)).isTrue();
            assertThat(reference.segments()).isNotEmpty().doesNotContain("", ".", "..");
        } catch (InvalidReferenceException e) {
            assertThat(e.position()).isBetween(0, text.length());
        }
    }

    @Provide
    Arbitrary<SecretReference> references() {
        Arbitrary<ProviderId> providers = Combinators.combine(
                        Arbitraries.of("vault", "aws", "file", "env", "my-manager_2"),
                        Arbitraries.strings()
                                .withChars("abzABZ09-_.")
                                .ofMinLength(1)
                                .ofMaxLength(20))
                .as(ProviderId::new)
                .edgeCases(edges -> edges.add(ProviderId.ENVIRONMENT));
        Arbitrary<String> segments = Arbitraries.strings()
                .withChars("aZ0-_.@:+= äß漢\uD83D\uDD11")
                .ofMinLength(1)
                .ofMaxLength(8)
                .filter(segment -> !segment.equals(".") && !segment.equals(".."));
        Arbitrary<String> paths = segments.list().ofMinSize(1).ofMaxSize(4).map(list -> String.join("/", list));
        Arbitrary<@Nullable String> pins = Arbitraries.strings()
                .withChars("aZ09-_.:/+=@")
                .ofMinLength(1)
                .ofMaxLength(12)
                .injectNull(0.5);
        Arbitrary<SecretReference> managed =
                Combinators.combine(providers, paths, pins, pins, transforms()).as(SecretReference::new);
        Arbitrary<SecretReference> environment = Combinators.combine(
                        Arbitraries.of("A", "_NAME", "KEY_2"), paths.injectNull(0.5), transforms())
                .as((name, field, transforms) -> new SecretReference(
                        ProviderId.ENVIRONMENT, field == null ? name : name + "/" + field, null, null, transforms));
        return Arbitraries.oneOf(managed, environment);
    }

    @Provide
    Arbitrary<List<Transform>> transforms() {
        Arbitrary<Transform> pointers = Arbitraries.strings()
                .withChars("aZ0-_.@:+= äß漢\uD83D\uDD11%&#\\|?/\n\u0000\u0085\"'$")
                .ofMaxLength(10)
                .map(text -> new Transform.Json("/" + text.replace("~", "~0")));
        return Arbitraries.oneOf(
                        pointers,
                        Arbitraries.of(new Transform.DecodeBase64(), new Transform.Trim(), new Transform.Json("/~0~1")))
                .list()
                .ofMaxSize(4);
    }

    @Property
    void transformsParseBackToEqualOnes(@ForAll("transforms") List<Transform> transforms) {
        assertThat(Transform.parse(Transform.join(transforms))).isEqualTo(transforms);
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> pieces = Arbitraries.of(
                "$secret://",
                "$SECRET://",
                "$env://",
                "vault",
                "prod",
                "/",
                "//",
                ".",
                "..",
                "?",
                "version=",
                "stage=",
                "json=",
                "decode=base64",
                "trim",
                "~",
                "%41",
                "||",
                "&",
                "a",
                "%",
                "#",
                "\\",
                "\n",
                "1",
                " ",
                "ä");
        return pieces.list().ofMaxSize(10).map(list -> String.join("", list));
    }
}
