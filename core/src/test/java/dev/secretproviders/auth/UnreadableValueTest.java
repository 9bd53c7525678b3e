package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.jwt.JwtProofs;
import dev.secretproviders.auth.proof.Proof;
import dev.secretproviders.auth.proof.ProofMaker;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.spi.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A value that makes a library fail costs its own credential only. All others are still rotated and revoked. */
class UnreadableValueTest {
    private static final CredentialName ROSE = new CredentialName("rose", null, CredentialKind.HMAC_AUTH);

    private final ResolverFixture secrets = new ResolverFixture(ResolverFixture.OVERLAP);
    private final List<Runnable> later = new ArrayList<>();
    private boolean fails = true;

    private final CredentialDirectory directory = new CredentialDirectory(
            secrets.resolver,
            Runnable::run,
            List.of(new Failing(), new JwtProofs()),
            secrets::clock,
            (task, delay) -> later.add(task));

    private record Good() implements Proof {}

    /** Fails as a library may, with a message that shows the value. */
    private final class Failing implements ProofMaker {
        @Override
        public CredentialKind kind() {
            return CredentialKind.HMAC_AUTH;
        }

        @Override
        public Proof make(Credential credential, KeyDigest digest, @Nullable Secret value) {
            if (fails) {
                throw new ArithmeticException("canary");
            }
            return new Good();
        }
    }

    @AfterEach
    void invariantsHold() {
        secrets.close();
    }

    private void publish(Credential ofRose) {
        Credential key = new Credential.KeyAuth(null, new CredentialText.Literal(secrets.digest("jack-key"), false));
        directory.changed(new ConsumerSnapshot(
                Map.of(
                        "jack", new Consumer("jack", null, List.of(key)),
                        "rose", new Consumer("rose", null, List.of(ofRose))),
                List.of()));
    }

    private CredentialText literal(String text) {
        return new CredentialText.Literal(secrets.digest(text), false);
    }

    private Credential.HmacAuth hmac(Secret value) {
        return new Credential.HmacAuth(
                null,
                literal("rose-id"),
                new CredentialText.LiteralValue(new CredentialText.Literal(secrets.digest("canary"), false), value));
    }

    @Test
    void otherCredentialsAreAcceptedAndTheFieldIsNamed() {
        publish(hmac(Secret.ofUtf8("canary")));

        assertThat(later).as("builds to try again").isEmpty();
        assertThat(directory.size(CredentialKind.KEY_AUTH)).isOne();
        assertThat(directory.problems())
                .containsExactly(Map.entry(
                        ROSE, "secret_key: cannot be read (java.lang.ArithmeticException); store another value"));
    }

    @Test
    void valueIsReadAgainWhenTheConsumerChanges() {
        publish(hmac(Secret.ofUtf8("canary")));
        fails = false;
        directory.changed(new ConsumerSnapshot(
                Map.of("rose", new Consumer("rose", "changed", List.of(hmac(Secret.ofUtf8("canary"))))), List.of()));
        later.forEach(Runnable::run);

        assertThat(directory.problems()).isEmpty();
    }

    @Test
    void valueThatEndedWhileItWasReadIsNoProblemOfTheCredential() {
        Secret closed = Secret.ofUtf8("canary");
        closed.close();
        publish(hmac(closed));

        assertThat(later).as("builds to try again").hasSize(1);
        assertThat(directory.problems()).isEmpty();
    }

    @Test
    void pointThatIsTooLongForItsCurveCostsItsOwnCredentialOnly() {
        String jwk = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" + "AQ".repeat(40) + "\",\"y\":\"AQ\"}";
        secrets.provider.put("rose", "1", "key", jwk);
        publish(new Credential.JwtAuth(
                null,
                literal("rose-id"),
                new CredentialText.Referenced(ResolverFixture.reference("rose/key")),
                "ES256",
                false,
                0));
        secrets.drain();

        assertThat(later).as("builds to try again").isEmpty();
        assertThat(directory.size(CredentialKind.KEY_AUTH)).isOne();
        assertThat(directory.problems().values())
                .singleElement()
                .asString()
                .startsWith("public_key: ")
                .contains("no point on the curve P-256");
    }
}
