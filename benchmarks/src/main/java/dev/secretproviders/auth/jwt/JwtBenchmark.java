package dev.secretproviders.auth.jwt;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Measures the check of a token, next to the verification by the Java runtime that it contains. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class JwtBenchmark {
    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final String PAYLOAD = "{\"key\":\"jack\",\"iss\":\"https://issuer.example\",\"sub\":\"4711\","
            + "\"aud\":\"api\",\"iat\":1750000000,\"exp\":4102444800}";
    private static final long NOW = 1_800_000_000;

    /** The algorithm. */
    @Param({"HS256", "RS256", "ES256"})
    public JwtAlgorithm algorithm = JwtAlgorithm.HS256;

    private final KeyDigester digester = new KeyDigester();
    private final VerifiedTokens verified = new VerifiedTokens();
    private byte[] token = new byte[0];
    private byte[] signed = new byte[0];
    private byte[] signature = new byte[0];
    private @Nullable PublicKey key;
    private @Nullable JwtKeys keys;

    /** Makes a token and the keys for it. */
    @Setup
    public void sign() throws Exception {
        String input =
                encode("{\"typ\":\"JWT\",\"alg\":\"" + algorithm + "\",\"kid\":\"2026\"}") + "." + encode(PAYLOAD);
        signed = input.getBytes(StandardCharsets.US_ASCII);
        Secret material;
        if (algorithm.symmetric()) {
            signature = mac(signed);
            material = Secret.owning(SECRET.clone());
        } else {
            KeyPair pair = pair();
            key = pair.getPublic();
            Signature own = Signature.getInstance(algorithm.runtimeName());
            own.initSign(pair.getPrivate());
            own.update(signed);
            signature = own.sign();
            material = Secret.ofUtf8("-----BEGIN PUBLIC KEY-----\n"
                    + Base64.getEncoder().encodeToString(key.getEncoded())
                    + "\n-----END PUBLIC KEY-----");
        }
        token = (input + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature))
                .getBytes(StandardCharsets.US_ASCII);
        keys = JwtKeys.of(algorithm, material, false, false, NativeSignatures.NONE);
        verified.add(digester.digest(token, 0, token.length), check(true), Duration.ofHours(1));
    }

    private KeyPair pair() throws GeneralSecurityException {
        if (algorithm == JwtAlgorithm.RS256) {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static String encode(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private byte[] mac(byte[] input) throws GeneralSecurityException {
        Mac mac = Mac.getInstance(algorithm.runtimeName());
        mac.init(new SecretKeySpec(SECRET, algorithm.runtimeName()));
        return mac.doFinal(input);
    }

    private JwtVerifier check(boolean verify) {
        CompactJws jws = CompactJws.parse(token, 0, token.length);
        JwtClaims claims = jws == null ? null : JwtClaims.parse(jws.payload(), "key");
        JwtVerifier by = null;
        if (jws != null && keys != null && claims != null && claims.key() != null && claims.hold(Set.of(), NOW, 0)) {
            by = verify ? keys.verify(jws) : remembered();
        }
        if (by == null) {
            throw new IllegalStateException("a good token was refused");
        }
        return by;
    }

    private @Nullable JwtVerifier remembered() {
        KeyDigest digest = digester.digest(token, 0, token.length);
        return verified.of(digest);
    }

    /** Parses and verifies a token. */
    @Benchmark
    public Object verify() {
        return check(true);
    }

    /** Parses a token whose signature is remembered. */
    @Benchmark
    public Object recall() {
        return check(false);
    }

    /** Only verifies the signature, as the Java runtime does. */
    @Benchmark
    public boolean runtimeAlone() throws GeneralSecurityException {
        if (key == null) {
            return Arrays.equals(mac(signed), signature);
        }
        Signature own = Signature.getInstance(algorithm.runtimeName());
        own.initVerify(key);
        own.update(signed);
        return own.verify(signature);
    }
}
