package dev.secretproviders.admin.push;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.secretproviders.admin.push.SenderTokens.Verdict;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which tokens prove that a cloud's own service sends an event. */
final class SenderTokensTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
    private static final String TENANT = "11111111-2222-3333-4444-555555555555";
    private static final String AUDIENCE = "https://runner.example/events/gcp";
    private static final String ACCOUNT = "push@my-project.iam.gserviceaccount.com";

    private Cloud cloud;
    private KeySets keys;
    private SenderTokens google;
    private SenderTokens entra;

    @BeforeEach
    void start() throws Exception {
        cloud = new Cloud();
        keys = new KeySets();
        Problems problems = new Problems();
        PushSettings settings = PushSettings.read(Settings.root(
                Map.of(
                        "gcp",
                        Map.of("audience", AUDIENCE, "service-account", ACCOUNT, "keys-url", cloud.uri() + "/certs"),
                        "azure",
                        Map.of(
                                "tenant-id",
                                TENANT,
                                "audience",
                                "api://runner, 99999999-2222-3333-4444-555555555555",
                                "authority-host",
                                cloud.uri().toString())),
                problems));
        problems.throwIfAny();
        google = tokens(settings.gcp());
        entra = tokens(settings.azure());
    }

    private SenderTokens tokens(PushSettings.@Nullable Sender sender) {
        Objects.requireNonNull(sender);
        return new SenderTokens(sender, keys.at(sender.keys()), Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @AfterEach
    void stop() {
        keys.close();
        cloud.close();
    }

    /** The claims of Google's documentation. */
    private static Map<String, Object> ofGoogle() {
        Map<String, Object> claims = new HashMap<>();
        claims.put("iss", "https://accounts.google.com");
        claims.put("aud", AUDIENCE);
        claims.put("azp", "113774264463038321964");
        claims.put("sub", "113774264463038321964");
        claims.put("email", ACCOUNT);
        claims.put("email_verified", true);
        claims.put("iat", NOW.getEpochSecond());
        claims.put("exp", NOW.plusSeconds(3_600).getEpochSecond());
        return claims;
    }

    private Map<String, Object> ofEventGrid(boolean first) {
        Map<String, Object> claims = new HashMap<>();
        claims.put("iss", first ? "https://sts.windows.net/" + TENANT + "/" : cloud.uri() + "/" + TENANT + "/v2.0");
        claims.put("aud", first ? "api://runner" : "99999999-2222-3333-4444-555555555555");
        claims.put(first ? "appid" : "azp", "4962773b-9cdb-44cf-a8bf-237846a00ab7");
        claims.put("roles", List.of("AzureEventGridSecureWebhookSubscriber"));
        claims.put("nbf", NOW.getEpochSecond());
        claims.put("exp", NOW.plusSeconds(3_600).getEpochSecond());
        return claims;
    }

    private static Map<String, Object> with(Map<String, Object> claims, String name, @Nullable Object value) {
        if (value == null) {
            claims.remove(name);
        } else {
            claims.put(name, value);
        }
        return claims;
    }

    @Test
    void tokensOfTheCloudsAreGenuineAndTheKeysAreReadOnce() {
        for (int i = 0; i < 3; i++) {
            assertThat(google.check(cloud.token(ofGoogle()))).isEqualTo(Verdict.GENUINE);
            assertThat(entra.check(cloud.token(ofEventGrid(true)))).isEqualTo(Verdict.GENUINE);
            assertThat(entra.check(cloud.token(ofEventGrid(false)))).isEqualTo(Verdict.GENUINE);
        }
        assertThat(cloud.asked()).containsExactly("/certs", "/" + TENANT + "/discovery/v2.0/keys");
    }

    @Test
    void eachClaimOfGoogleIsChecked() {
        record Wrong(String claim, @Nullable Object value) {}
        for (Wrong wrong : List.of(
                new Wrong("iss", "https://accounts.evil.example"),
                new Wrong("iss", null),
                new Wrong("aud", "https://another.example"),
                new Wrong("aud", null),
                new Wrong("email", "other@my-project.iam.gserviceaccount.com"),
                new Wrong("email", null),
                new Wrong("email_verified", false),
                new Wrong("email_verified", null),
                new Wrong("exp", NOW.minusSeconds(61).getEpochSecond()),
                new Wrong("exp", null),
                new Wrong("nbf", NOW.plusSeconds(3_600).getEpochSecond()))) {
            assertThat(google.check(cloud.token(with(ofGoogle(), wrong.claim(), wrong.value()))))
                    .as(wrong.toString())
                    .isEqualTo(Verdict.REFUSED);
        }
    }

    @Test
    void eachClaimOfEventGridIsChecked() {
        record Wrong(String claim, @Nullable Object value) {}
        for (Wrong wrong : List.of(
                new Wrong("iss", "https://sts.windows.net/99999999-2222-3333-4444-555555555555/"),
                new Wrong("aud", "api://another"),
                // Who creates subscriptions has the role, too, and is not Event Grid.
                new Wrong("appid", "77777777-2222-3333-4444-555555555555"),
                new Wrong("appid", null),
                new Wrong("roles", List.of("Reader")),
                new Wrong("roles", "AzureEventGridSecureWebhookSubscriber"),
                new Wrong("roles", null))) {
            assertThat(entra.check(cloud.token(with(ofEventGrid(true), wrong.claim(), wrong.value()))))
                    .as(wrong.toString())
                    .isEqualTo(Verdict.REFUSED);
        }
        Map<String, Object> both = with(ofEventGrid(true), "azp", "4962773b-9cdb-44cf-a8bf-237846a00ab7");
        assertThat(entra.check(cloud.token(with(both, "appid", "77777777-2222-3333-4444-555555555555"))))
                .isEqualTo(Verdict.REFUSED);
    }

    @Test
    void tokenThatNoKeyOfTheCloudSignedIsRefused() throws Exception {
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder();
        ofGoogle().forEach(claims::claim);
        SignedJWT symmetric = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims.build());
        symmetric.sign(new MACSigner(new byte[32]));
        assertThat(google.check(cloud.token(ofGoogle()))).isEqualTo(Verdict.GENUINE);
        for (String token : List.of(
                Cloud.forged("first", ofGoogle()),
                symmetric.serialize(),
                new PlainJWT(claims.build()).serialize(),
                "a.b.c",
                "",
                "x".repeat(20_000))) {
            assertThat(google.check(token)).as(token).isEqualTo(Verdict.REFUSED);
        }
    }

    /** Otherwise anyone could make the runner flood the cloud with requests for its keys. */
    @Test
    void unknownKeysMakeTheRunnerReadTheKeysAgainOnlyNowAndThen() throws Exception {
        assertThat(google.check(cloud.token(ofGoogle()))).isEqualTo(Verdict.GENUINE);
        for (int i = 0; i < 10; i++) {
            assertThat(google.check(Cloud.forged("unknown-" + i, ofGoogle()))).isEqualTo(Verdict.REFUSED);
        }
        assertThat(cloud.asked()).hasSizeLessThanOrEqualTo(3);
        assertThat(google.check(cloud.token(ofGoogle()))).isEqualTo(Verdict.GENUINE);
    }

    @Test
    void withoutKeysNothingIsDecided() {
        cloud.status = 500;
        for (int i = 0; i < 3; i++) {
            assertThat(google.check(cloud.token(ofGoogle()))).isEqualTo(Verdict.UNDECIDED);
        }
    }
}
