package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A secret manager may hold the hash of a key in place of the key. */
class HashedKeyTest {
    private static final String DIGEST_KEY = "a key of the configuration";

    private final DirectoryFixture it = new DirectoryFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private static String sha256(String key) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        return "sha256:" + HexFormat.of().formatHex(hash);
    }

    private static String hmac(String name, String key) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(DIGEST_KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return "hmac-sha256:" + name + ":"
                + HexFormat.of().formatHex(mac.doFinal(key.getBytes(StandardCharsets.UTF_8)));
    }

    private void jackHas(String stored) {
        it.secrets.provider.put("jack", "1", "key", stored);
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
    }

    private Reason reason(String key) {
        return it.decide(key).reason();
    }

    @Test
    void keyIsAcceptedByItsHash() throws Exception {
        jackHas(sha256("jack-key"));

        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("another-key")).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void hashItselfIsNoKey() throws Exception {
        jackHas(sha256("jack-key"));

        assertThat(reason(sha256("jack-key"))).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void textOfTheFormOfAHashIsNoKeyEvenIfItsOwnHashIsStored() throws Exception {
        jackHas(sha256(sha256("jack-key")));

        assertThat(reason(sha256("jack-key"))).isEqualTo(Reason.INVALID_KEY);
        assertThat(reason("jack-key")).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void digitsMayBeLarge() throws Exception {
        jackHas("sha256:" + sha256("jack-key").substring(7).toUpperCase(Locale.ROOT));

        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void keyIsAcceptedByItsHashUnderANamedKey() throws Exception {
        try (Secret key = Secret.ofUtf8(DIGEST_KEY)) {
            it.secrets.digester.hashes().name(Map.of("k1", key));
        }
        jackHas(hmac("k1", "jack-key"));

        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
        assertThat(reason(hmac("k1", "jack-key"))).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void hashUnderAKeyThatTheConfigurationDoesNotNameIsNoKey() throws Exception {
        jackHas(hmac("k2", "jack-key"));

        assertThat(reason("jack-key")).isEqualTo(Reason.INVALID_KEY);
        assertThat(reason(hmac("k2", "jack-key"))).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void keyMayBeReplacedByTheHashOfTheNextOne() throws Exception {
        jackHas("old-key");
        it.rotate("jack", "2", sha256("new-key"));
        it.settle();

        assertThat(reason("new-key")).isEqualTo(Reason.ACCEPTED);
        assertThat(reason("old-key")).isEqualTo(Reason.ACCEPTED_PREVIOUS);
    }

    @Test
    void keyMayBeReplacedByItsOwnHash() throws Exception {
        jackHas("jack-key");
        it.rotate("jack", "2", sha256("jack-key"));
        it.settle();

        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
        it.secrets.skip(ResolverFixture.OVERLAP.plusSeconds(1));
        assertThat(reason("jack-key"))
                .as("before the index lacks the former version")
                .isEqualTo(Reason.ACCEPTED);
        it.settle();
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void hashMayBeReplacedByItsKeyOrByAnotherHashOfIt() throws Exception {
        try (Secret key = Secret.ofUtf8(DIGEST_KEY)) {
            it.secrets.digester.hashes().name(Map.of("k1", key));
        }
        jackHas(hmac("k1", "jack-key"));
        it.rotate("jack", "2", sha256("jack-key"));
        it.settle();
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);

        it.rotate("jack", "3", "jack-key");
        it.settle();
        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
    }

    @Test
    void hashInTheGatewaysConfigurationCountsToo() throws Exception {
        try (Secret stored = Secret.ofUtf8(sha256("jack-key"))) {
            it.consumer("jack", new Credential.KeyAuth(null, CredentialText.Literal.of(stored, it.secrets.digester)))
                    .publish();
        }

        assertThat(reason("jack-key")).isEqualTo(Reason.ACCEPTED);
        assertThat(reason(sha256("jack-key"))).isEqualTo(Reason.INVALID_KEY);
    }

    @Test
    void twoCredentialsWithOneHashShareAKey() throws Exception {
        it.secrets.provider.put("rose", "1", "key", sha256("jack-key"));
        it.consumer("rose", it.referenced(null, "rose/key"));
        jackHas(sha256("jack-key"));

        assertThat(reason("jack-key")).isEqualTo(Reason.AMBIGUOUS_KEY);
    }

    @Test
    void twoCredentialsWithDifferentHashesOfOneKeyShareIt() throws Exception {
        try (Secret key = Secret.ofUtf8(DIGEST_KEY)) {
            it.secrets.digester.hashes().name(Map.of("k1", key));
        }
        it.secrets.provider.put("rose", "1", "key", hmac("k1", "jack-key"));
        it.consumer("rose", it.referenced(null, "rose/key"));
        jackHas(sha256("jack-key"));

        assertThat(reason("jack-key")).isEqualTo(Reason.AMBIGUOUS_KEY);
    }

    @Test
    void credentialWithAKeyAndOneWithItsHashShareIt() throws Exception {
        it.secrets.provider.put("rose", "1", "key", sha256("jack-key"));
        it.consumer("rose", it.referenced(null, "rose/key"));
        jackHas("jack-key");

        assertThat(reason("jack-key")).isEqualTo(Reason.AMBIGUOUS_KEY);
    }

    @Test
    void formerKeyOfOneCredentialBelongsToTheOneThatHasItsHashNow() throws Exception {
        it.secrets.provider.put("rose", "1", "key", sha256("jack-key"));
        it.consumer("rose", it.referenced(null, "rose/key"));
        jackHas("jack-key");
        it.rotate("jack", "2", "new-key");
        it.settle();

        assertThat(it.decide("jack-key"))
                .isInstanceOfSatisfying(
                        Decision.Accept.class,
                        accept -> assertThat(accept.consumer()).isEqualTo("rose"));
    }

    @Test
    void keysAreHashedOnlyWhereAHashIsStored() throws Exception {
        jackHas("jack-key");
        assertThat(reason("wrong")).isEqualTo(Reason.INVALID_KEY);
        assertThat(it.secrets.digester.hashes().areStored()).isFalse();

        it.rotate("jack", "2", sha256("jack-key"));
        assertThat(it.secrets.digester.hashes().areStored()).isTrue();
    }

    @Test
    void verdictOnAHashedKeyIsThatOfItsCredential() throws Exception {
        jackHas(sha256("jack-key"));
        byte[] key = "jack-key".getBytes(StandardCharsets.UTF_8);

        assertThat(it.verdicts(UnresolvedAnswer.UNAVAILABLE).of(key, key.length))
                .isInstanceOf(Verdict.Accepted.class);
    }
}
