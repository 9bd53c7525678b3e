package dev.secretproviders.auth;

import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.validity.Validity;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Builds indexes with a given number of credentials, as the directory does. */
final class FullIndex {
    private FullIndex() {}

    /** Returns consumers with one reference each. */
    static List<Consumer> consumers(int count) {
        List<Consumer> consumers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            SecretReference reference = SecretReference.parse("$secret://file/keys/" + Credentials.name(i));
            Credential credential = new Credential.KeyAuth(null, new CredentialText.Referenced(reference));
            consumers.add(new Consumer(Credentials.name(i), null, List.of(credential)));
        }
        return consumers;
    }

    /** Returns the credentials of consumers. */
    static List<Identity> identities(List<Consumer> consumers) {
        List<Identity> identities = new ArrayList<>(consumers.size());
        for (Consumer consumer : consumers) {
            identities.add(new Identity(consumer, consumer.credentials().getFirst()));
        }
        return identities;
    }

    /** Returns an index with the keys of the credentials, which must be in no other index. */
    static CredentialIndex of(List<Identity> identities, KeyDigester digester) {
        return of(identities, digests(identities.size(), digester));
    }

    /** Returns the same index, from existing digests. */
    static CredentialIndex of(List<Identity> identities, List<KeyDigest> digests) {
        CredentialIndex index = new CredentialIndex(ConsumerSnapshot.EMPTY, identities, identities);
        for (int i = 0; i < identities.size(); i++) {
            index.set(
                    identities.get(i), KeyClaim.of(digests.get(i), identities.get(i), null, false, Validity.UNLIMITED));
        }
        index.publish(1);
        return index;
    }

    /** Returns the digests of all keys. */
    static List<KeyDigest> digests(int count, KeyDigester digester) {
        List<KeyDigest> digests = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            byte[] key = key(i);
            digests.add(digester.digest(key, 0, key.length));
        }
        return digests;
    }

    static KeyClaim claim(Identity identity, byte[] key, KeyDigester digester) {
        return KeyClaim.of(digester.digest(key, 0, key.length), identity, null, false, Validity.UNLIMITED);
    }

    static byte[] key(int index) {
        return Credentials.key(index).getBytes(StandardCharsets.US_ASCII);
    }
}
