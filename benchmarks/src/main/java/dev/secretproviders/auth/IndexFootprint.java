package dev.secretproviders.auth;

import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.reference.SecretReference;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What the index holds in the heap for each credential that holds a reference: {@code IndexFootprint COUNT} prints bytes. Consumers
 * and credentials do not count, which are the gateway's configuration, nor digests, which are what is kept of the secrets;
 * identities with their marks of use, places in tables and the way from a reference to its credentials do.
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
        KeyDigester digester = new KeyDigester();
        List<Consumer> consumers = new ArrayList<>(count);
        List<KeyDigest> digests = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            SecretReference reference = SecretReference.parse("$secret://vault/prod/" + Credentials.name(i) + "/key");
            Credential credential = new Credential(null, new CredentialKey.Referenced(reference));
            consumers.add(new Consumer(Credentials.name(i), null, List.of(credential)));
            byte[] key = Credentials.key(i).getBytes(StandardCharsets.US_ASCII);
            digests.add(digester.digest(key, 0, key.length));
        }
        long before = used();
        CredentialIndex index = index(consumers, digests);
        try {
            System.out.println((double) (used() - before) / index.size());
        } finally {
            Reference.reachabilityFence(consumers);
            Reference.reachabilityFence(digests);
        }
    }

    private static CredentialIndex index(List<Consumer> consumers, List<KeyDigest> digests) {
        List<Identity> identities = consumers.stream()
                .map(consumer -> new Identity(consumer, consumer.credentials().getFirst()))
                .toList();
        CredentialIndex index = new CredentialIndex(ConsumerSnapshot.EMPTY, identities, identities);
        for (int i = 0; i < identities.size(); i++) {
            index.set(identities.get(i), KeyClaim.of(digests.get(i), identities.get(i), null, false));
        }
        index.publish(1);
        return index;
    }

    private static long used() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
