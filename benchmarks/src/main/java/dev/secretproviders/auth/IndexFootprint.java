package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.crypto.KeyDigester;
import java.lang.ref.Reference;
import java.util.List;

/**
 * What the index holds in the heap for each credential: {@code IndexFootprint COUNT} prints bytes. Consumers and references, which
 * are there without it, do not count; digests, identities and marks of use do.
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
        List<Consumer> consumers = FullIndex.consumers(count);
        long before = used();
        CredentialIndex index = FullIndex.of(FullIndex.identities(consumers), new KeyDigester());
        try {
            System.out.println((double) (used() - before) / index.size());
        } finally {
            Reference.reachabilityFence(consumers);
        }
    }

    private static long used() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
