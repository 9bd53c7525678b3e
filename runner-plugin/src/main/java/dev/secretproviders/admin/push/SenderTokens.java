package dev.secretproviders.admin.push;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.secretproviders.admin.push.PushSettings.Sender;
import dev.secretproviders.provider.shared.Causes;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.JwtValidationException;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/**
 * Checks the tokens of one sender: signature, times, issuer, audience, and who it is for. Thread-safe. Blocks while it
 * reads the keys.
 */
final class SenderTokens {
    private static final Logger LOG = LoggerFactory.getLogger(SenderTokens.class);
    private static final Duration SKEW = Duration.ofSeconds(60);
    private static final int LONGEST_TOKEN = 16_384;
    private static final long SAY_EVERY = Duration.ofMinutes(1).toNanos();

    private final Sender sender;
    private final NimbusJwtDecoder decoder;
    private final JwtTimestampValidator times;
    /** Whether a key of the cloud was seen. */
    private volatile boolean known;

    private long saidAt = System.nanoTime() - SAY_EVERY;

    /** What a token proves. */
    enum Verdict {
        /** The sender sent it. */
        GENUINE,
        /** It proves nothing. */
        REFUSED,
        /** The keys cannot be read now. */
        UNDECIDED
    }

    SenderTokens(Sender sender, JWKSource<SecurityContext> keys, Clock clock) {
        this.sender = sender;
        this.times = new JwtTimestampValidator(SKEW);
        times.setClock(clock);
        times.setAllowEmptyExpiryClaim(false);
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(Set.of(JWSAlgorithm.RS256), keys));
        // The claims are checked below.
        processor.setJWTClaimsSetVerifier((_, _) -> {});
        this.decoder = new NimbusJwtDecoder(processor);
        decoder.setJwtValidator(this::check);
    }

    Verdict check(String token) {
        if (token.length() > LONGEST_TOKEN) {
            return Verdict.REFUSED;
        }
        try {
            Jwt _ = decoder.decode(token);
            known = true;
            return Verdict.GENUINE;
        } catch (JwtValidationException e) {
            known = true;
            // Signed by the cloud, so the configuration is more likely to be wrong than the sender.
            say("a token that the cloud signed was refused: "
                    + e.getErrors().iterator().next().getDescription());
            return Verdict.REFUSED;
        } catch (BadJwtException e) {
            return Verdict.REFUSED;
        } catch (JwtException e) {
            if (known && Causes.find(e, RateLimitReachedException.class) != null) {
                // No key of the cloud has signed it, as far as was known a moment ago.
                return Verdict.REFUSED;
            }
            say("the keys at " + sender.keys() + " cannot be read");
            return Verdict.UNDECIDED;
        }
    }

    /** Names the claim, never its value. */
    private OAuth2TokenValidatorResult check(Jwt token) {
        if (times.validate(token).hasErrors()) {
            return wrong("exp and nbf: it has ended, has no end, or has not begun");
        }
        String issuer = text(token, "iss");
        if (issuer == null || !sender.issuers().contains(issuer)) {
            return wrong("iss: another issuer");
        }
        List<String> audience = token.getAudience();
        if (audience == null || audience.stream().noneMatch(sender.audiences()::contains)) {
            return wrong("aud: it is for another audience than the one in the configuration");
        }
        for (Map.Entry<String, String> claim : sender.claims().entrySet()) {
            if (!hasClaim(token, claim.getKey(), claim.getValue())) {
                return wrong(claim.getKey() + ": another sender than the one in the configuration");
            }
        }
        String role = sender.role();
        if (role != null && !roles(token).contains(role)) {
            return wrong("roles: the sender was not given the role " + role);
        }
        return OAuth2TokenValidatorResult.success();
    }

    /** Returns whether the first claim that the token has of some names has this value. */
    private static boolean hasClaim(Jwt token, String names, String value) {
        for (String name : names.split("\\|", -1)) {
            String text = text(token, name);
            if (text != null) {
                return text.equals(value);
            }
        }
        return false;
    }

    private static @Nullable String text(Jwt token, String claim) {
        Object value = token.getClaims().get(claim);
        return value == null ? null : value.toString();
    }

    private static List<?> roles(Jwt token) {
        return token.getClaims().get("roles") instanceof List<?> roles ? roles : List.of();
    }

    private static OAuth2TokenValidatorResult wrong(String what) {
        return OAuth2TokenValidatorResult.failure(new OAuth2Error("invalid_token", what, null));
    }

    private void say(String what) {
        synchronized (this) {
            long now = System.nanoTime();
            if (now - saidAt < SAY_EVERY) {
                return;
            }
            saidAt = now;
        }
        LOG.warn("events of {}: {}", sender.name(), what);
    }
}
