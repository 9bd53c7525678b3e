package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.crypto.KeyDigester;
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

/** Measures looking up a key, replacing a key, and building the whole index. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IndexBenchmark {
    private static final int SENT = 1 << 10;
    private static final int MANY = (1 << 30) - 1;
    private static final int STRIDE = 7_919;

    /** The number of credentials. */
    @Param({"10000", "1000000"})
    public int credentials;

    private final KeyDigester digester = new KeyDigester();
    private final byte[][] sent = new byte[SENT][];
    private List<Consumer> consumers = List.of();
    private List<Identity> identities = List.of();
    private CredentialIndex index = CredentialIndex.UNKNOWN;
    private int next;

    /** Creates the credentials and their index. */
    @Setup
    public void build() {
        for (int i = 0; i < SENT; i++) {
            sent[i] = FullIndex.key((int) ((long) i * STRIDE % credentials));
        }
        consumers = FullIndex.consumers(credentials);
        identities = FullIndex.identities(consumers);
        index = FullIndex.of(identities, digester);
    }

    /** Digests a key of 32 bytes and finds its credential. */
    @Benchmark
    public Object digestAndLookUp() {
        byte[] key = sent[next++ & (SENT - 1)];
        @Nullable KeyClaim claim = index.keys().find(digester.digestOf(key, 0, key.length));
        if (claim == null) {
            throw new IllegalStateException("a key of a credential was not found");
        }
        return claim;
    }

    /** Replaces the key of a credential, including its digest. */
    @Benchmark
    public int rotate() {
        int turn = next++;
        Identity identity = identities.get((int) ((turn & Integer.MAX_VALUE) * (long) STRIDE % credentials));
        index.set(identity, FullIndex.claim(identity, FullIndex.key(credentials + (turn & MANY)), digester));
        index.publish(index.sequence() + 1);
        return index.size();
    }

    /** Builds the whole index, including digests. */
    @Benchmark
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    public Object rebuild() {
        return FullIndex.of(FullIndex.identities(consumers), digester);
    }
}
