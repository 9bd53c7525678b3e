package dev.secretproviders.auth;

import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A key digested and looked up, one credential's key rotated, and the whole index built. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IndexBenchmark {
    private static final int SENT = 1 << 10;

    /** How many credentials there are. */
    @Param({"10000", "1000000"})
    public int credentials;

    private final KeyDigester digester = new KeyDigester();
    private final byte[][] sent = new byte[SENT][];
    private final long[] digest = new long[KeyDigest.LONGS];
    private KeyDigest[] digests = new KeyDigest[0];
    private List<Identity> identities = List.of();
    private final KeyDigest[] rotated = new KeyDigest[2];
    private CredentialIndex index = CredentialIndex.UNKNOWN;
    private int next;

    /** Makes the credentials and their index. */
    @Setup
    public void build() {
        digests = new KeyDigest[credentials];
        for (int i = 0; i < credentials; i++) {
            byte[] key = bytes(i);
            digests[i] = digester.digest(key, 0, key.length);
        }
        for (int i = 0; i < SENT; i++) {
            sent[i] = bytes((int) (i * 7_919L % credentials));
        }
        for (int i = 0; i < rotated.length; i++) {
            byte[] key = bytes(credentials + i);
            rotated[i] = digester.digest(key, 0, key.length);
        }
        index = rebuild();
    }

    private static byte[] bytes(int i) {
        return Credentials.key(i).getBytes(StandardCharsets.US_ASCII);
    }

    /** Digests a key of 32 bytes and finds whose it is. */
    @Benchmark
    public @Nullable KeyClaim digestAndLookUp() {
        byte[] key = sent[next++ & (SENT - 1)];
        digester.digest(key, key.length, digest);
        return index.find(digest);
    }

    /** Gives one credential another key, as a rotation does. */
    @Benchmark
    public CredentialIndex rotate() {
        Identity identity = identities.getFirst();
        index.set(identity, KeyClaim.of(rotated[next++ & 1], identity, null, false));
        index.publish(index.sequence() + 1);
        return index;
    }

    /** Builds the index anew. */
    @Benchmark
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    public CredentialIndex rebuild() {
        List<Identity> all = new ArrayList<>(credentials);
        for (int i = 0; i < credentials; i++) {
            all.add(new Identity(new Consumer(Credentials.name(i), null, List.of()), null));
        }
        identities = all;
        CredentialIndex built = new CredentialIndex(ConsumerSnapshot.EMPTY, all, List.of());
        for (int i = 0; i < credentials; i++) {
            built.set(all.get(i), KeyClaim.of(digests[i], all.get(i), null, false));
        }
        built.publish(1);
        return built;
    }
}
