package dev.secretproviders.auth;

import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.crypto.KeyDigester;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What the index holds in the heap for each credential: {@code IndexFootprint COUNT} prints bytes. The names, which are the
 * consumers', do not count; digests, identities and marks of use do.
 */
public final class IndexFootprint {
    private static final int COLLECTIONS = 3;

    private IndexFootprint() {}

    /**
     * Measures.
     *
     * @param arguments how many credentials
     */
    public static void main(String[] arguments) {
        int count = Integer.parseInt(arguments[0]);
        List<String> names = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            names.add(Credentials.name(i));
        }
        KeyDigester digester = new KeyDigester();
        long before = used();
        CredentialIndex.Builder builder = new CredentialIndex.Builder();
        for (int i = 0; i < count; i++) {
            byte[] key = Credentials.key(i).getBytes(StandardCharsets.US_ASCII);
            Identity identity = new Identity(names.get(i), null, null);
            builder.consumer(identity);
            builder.current(digester.digest(key, 0, key.length), identity, null, new CredentialUse());
        }
        CredentialIndex index = builder.build(1);
        try {
            System.out.println((double) (used() - before) / index.size());
        } finally {
            Reference.reachabilityFence(names);
        }
    }

    private static long used() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
