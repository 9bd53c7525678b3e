package dev.secretproviders.certificate;

import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.SecretReference;
import java.util.Set;

/** Has certificates looked at when what they refer to changes. */
final class Rotations implements ResolverListener {
    private final Certificates certificates;

    Rotations(Certificates certificates) {
        this.certificates = certificates;
    }

    @Override
    public void changed(Set<SecretReference> references) {
        certificates.lookAgain(references);
    }
}
