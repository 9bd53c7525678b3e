package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import java.lang.ref.Reference;
import java.util.List;

/**
 * What the index holds in the heap for each credential beside its secret: {@code IndexFootprint COUNT} prints bytes. Consumers and
 * references, which are there without it, do not count, nor do the digests that stand for the secrets; identities, claims, marks of
 * use and the table do.
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
        List<KeyDigest> digests = FullIndex.digests(count, new KeyDigester());
        long before = used();
        CredentialIndex index = FullIndex.of(FullIndex.identities(consumers), digests);
        try {
            System.out.println((double) (used() - before) / index.size());
        } finally {
            Reference.reachabilityFence(consumers);
            Reference.reachabilityFence(digests);
        }
    }

    private static long used() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
