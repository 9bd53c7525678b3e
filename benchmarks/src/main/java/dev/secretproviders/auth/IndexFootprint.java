package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import java.lang.ref.Reference;
import java.util.List;

/**
 * Measures the heap that the index takes for each credential: {@code IndexFootprint COUNT} prints bytes. Identities,
 * claims, marks of use and the table count. Consumers, references and the digests of secrets do not count, since they
 * exist without the index.
 */
public final class IndexFootprint {
    private static final int COLLECTIONS = 3;

    private IndexFootprint() {}

    /**
     * Measures and prints the bytes.
     *
     * @param arguments the number of credentials
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
