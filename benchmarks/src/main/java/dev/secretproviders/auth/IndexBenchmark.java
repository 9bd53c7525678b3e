package dev.secretproviders.auth;

import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import java.nio.charset.StandardCharsets;
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

/** A key digested and looked up, and the whole index built. */
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
    private KeyDigest[] digests = new KeyDigest[0];
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
        index = rebuild();
    }

    private static byte[] bytes(int i) {
        return Credentials.key(i).getBytes(StandardCharsets.US_ASCII);
    }

    /** Digests a key of 32 bytes and finds whose it is. */
    @Benchmark
    public CredentialIndex.@Nullable Entry digestAndLookUp() {
        byte[] key = sent[next++ & (SENT - 1)];
        return index.find(digester.digest(key, 0, key.length));
    }

    /** Builds the index anew. */
    @Benchmark
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    public CredentialIndex rebuild() {
        CredentialIndex.Builder builder = new CredentialIndex.Builder();
        for (int i = 0; i < credentials; i++) {
            Identity identity = new Identity(Credentials.name(i), null, null);
            builder.consumer(identity);
            builder.current(digests[i], identity, null, new CredentialUse());
        }
        return builder.build(1);
    }
}
