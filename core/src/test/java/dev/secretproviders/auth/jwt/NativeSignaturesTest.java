package dev.secretproviders.auth.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Signatures are verified natively where that is possible, and as the Java runtime would. */
class NativeSignaturesTest {
    private static final byte[] TEXT = "header.payload".getBytes(StandardCharsets.US_ASCII);

    private final @Nullable Path files = BothVerifiers.files();

    @BeforeEach
    void thereAreNativeSignatures() {
        assumeTrue(files != null, "no native signatures for this system");
    }

    private static byte[] sign(JwtAlgorithm algorithm, KeyPair pair) throws Exception {
        Signature signature = Signature.getInstance(algorithm.runtimeName());
        AlgorithmParameterSpec parameters = algorithm.parameters();
        if (parameters != null) {
            signature.setParameter(parameters);
        }
        signature.initSign(pair.getPrivate());
        signature.update(TEXT);
        return signature.sign();
    }

    private static boolean verifies(NativeSignatures by, JwtAlgorithm algorithm, KeyPair pair, byte[] signature)
            throws Exception {
        return new JwtVerifier.Public(algorithm, pair.getPublic(), by).verify(TEXT, 0, TEXT.length, signature);
    }

    private static NativeSignatures.Loaded loaded() {
        return Objects.requireNonNull(BothVerifiers.each().getLast().ifLoaded());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ALL, names = "[REP]S.*")
    void algorithmIsVerifiedByTheLibraryItself(JwtAlgorithm algorithm) throws Exception {
        KeyPair pair = MadeToken.pair(algorithm);
        byte[] signature = sign(algorithm, pair);
        NativeSignatures.Loaded loaded = loaded();

        assertThat(loaded.signatures().verify(algorithm, loaded.key(pair.getPublic()), TEXT, 0, TEXT.length, signature))
                .isTrue();
        assertThat(loaded.key(pair.getPublic()).getClass().getClassLoader().getName())
                .isEqualTo("native-signatures");
    }

    @Test
    void firstTokenDoesNotWaitForTheLibrary(@TempDir Path copy) throws Exception {
        // The JVM loads a library for one class loader only.
        copy(Objects.requireNonNull(files), copy);
        NativeSignatures natives = new NativeSignatures(copy);
        KeyPair pair = MadeToken.pair(JwtAlgorithm.ES256);

        assertThat(natives.ifLoaded()).isNull();
        assertThat(verifies(natives, JwtAlgorithm.ES256, pair, sign(JwtAlgorithm.ES256, pair)))
                .isTrue();
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(natives.ifLoaded()).isNotNull());
    }

    @Test
    void libraryThatCannotBeLoadedLeavesTheRuntimeInForce(@TempDir Path broken) throws Exception {
        copy(Objects.requireNonNull(files), broken);
        Path library = broken.resolve("com/amazon/corretto/crypto/provider")
                .resolve(System.mapLibraryName("amazonCorrettoCryptoProvider"));
        Files.writeString(library, "no library");
        NativeSignatures natives = new NativeSignatures(broken);
        KeyPair pair = MadeToken.pair(JwtAlgorithm.ES256);

        assertThatThrownBy(natives::load).hasMessageContaining("file too short");
        assertThat(natives.ifLoaded()).isNull();
        assertThat(verifies(natives, JwtAlgorithm.ES256, pair, sign(JwtAlgorithm.ES256, pair)))
                .isTrue();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : (Iterable<Path>) all::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    /** Classes of the library are loaded when they are needed. */
    @Test
    void filesThatAreDeletedWhileTheyAreInUseRefuseNoToken(@TempDir Path directory) throws Exception {
        Path copy = directory.resolve("signatures");
        copy(Objects.requireNonNull(files), copy);
        NativeSignatures natives = new NativeSignatures(copy);
        natives.load();
        try (Stream<Path> all = Files.walk(copy)) {
            all.sorted(Comparator.reverseOrder())
                    .forEach(file -> assertThat(file.toFile().delete()).isTrue());
        }
        for (JwtAlgorithm algorithm : new JwtAlgorithm[] {JwtAlgorithm.ES256, JwtAlgorithm.RS256}) {
            KeyPair pair = MadeToken.pair(algorithm);
            byte[] signature = sign(algorithm, pair);

            assertThat(verifies(natives, algorithm, pair, signature)).isTrue();
            signature[7] ^= 1;
            assertThat(verifies(natives, algorithm, pair, signature)).isFalse();
        }
    }

    @Test
    void tokenForEdDsaDoesNotLoadTheLibrary(@TempDir Path empty) throws Exception {
        NativeSignatures natives = new NativeSignatures(empty);
        KeyPair pair = MadeToken.pair(JwtAlgorithm.EDDSA);

        assertThat(verifies(natives, JwtAlgorithm.EDDSA, pair, sign(JwtAlgorithm.EDDSA, pair)))
                .isTrue();

        assertThat(natives.begun()).isFalse();
    }

    @Test
    void keyThatTheLibraryDoesNotTakeIsUsedByTheRuntime() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        // Longer than the 33 bits that the library allows.
        generator.initialize(
                new RSAKeyGenParameterSpec(2048, BigInteger.TWO.pow(40).add(BigInteger.valueOf(15))));
        KeyPair pair = generator.generateKeyPair();
        byte[] signature = sign(JwtAlgorithm.RS256, pair);

        assertThat(BothVerifiers.agree(by -> verifies(by, JwtAlgorithm.RS256, pair, signature)))
                .isTrue();
        signature[7] ^= 1;
        assertThat(BothVerifiers.agree(by -> verifies(by, JwtAlgorithm.RS256, pair, signature)))
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ALL, names = "ES.*")
    void valuesOfTheCurveThatNoSignatureHasAreRefused(JwtAlgorithm algorithm) throws Exception {
        KeyPair pair = MadeToken.pair(algorithm);
        byte[] good = sign(algorithm, pair);
        int half = good.length / 2;
        byte[] order = EllipticCurve.of(algorithm).parameters().getOrder().toByteArray();
        for (byte[] number : new byte[][] {{0}, {1}, order, filled(half)}) {
            for (int at : new int[] {0, half}) {
                byte[] signature = good.clone();
                put(number, signature, at, half);
                assertThat(BothVerifiers.agree(by -> verifies(by, algorithm, pair, signature)))
                        .isFalse();
            }
        }
        for (int length : new int[] {0, 1, half, good.length - 1, good.length + 1}) {
            assertThat(BothVerifiers.agree(by -> verifies(by, algorithm, pair, Arrays.copyOf(good, length))))
                    .isFalse();
        }
        assertThat(BothVerifiers.agree(by -> verifies(by, algorithm, pair, good)))
                .isTrue();
    }

    private static byte[] filled(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0xff);
        return bytes;
    }

    /** Puts a number in place of one half of a signature. */
    private static void put(byte[] number, byte[] into, int at, int half) {
        Arrays.fill(into, at, at + half, (byte) 0);
        int length = Math.min(half, number.length);
        System.arraycopy(number, number.length - length, into, at + half - length, length);
    }
}
