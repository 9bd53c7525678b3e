package dev.secretproviders.resolve.value;

import dev.secretproviders.spi.SecretReference;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** What an owner of references needs of their values. */
public enum Use {
    /** The digest, to compare it with what a client presents. */
    DIGEST,
    /** The value itself, to compute with it or to pass it on. It then stays in memory while it may be used. */
    VALUE;

    /** Returns these references, each with this use, in the same order. */
    public Map<SecretReference, Use> of(Collection<SecretReference> references) {
        Map<SecretReference, Use> uses = LinkedHashMap.newLinkedHashMap(references.size());
        references.forEach(reference -> uses.put(reference, this));
        return uses;
    }
}
