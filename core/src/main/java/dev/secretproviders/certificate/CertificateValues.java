package dev.secretproviders.certificate;

import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.Set;

/** The values of references, as the resolver keeps them. Thread-safe. */
interface CertificateValues {
    /** What a reference stands for now. */
    sealed interface Answer {
        /**
         * The value.
         *
         * @param copy a copy, which the receiver closes
         * @param identity equal for equal values
         * @param fresh whether the manager confirmed it as often as it should
         */
        record Value(Secret copy, Object identity, boolean fresh) implements Answer {}

        /**
         * There is no value that may be used.
         *
         * @param problem why, without secrets
         * @param undecided whether the secret may exist
         */
        record Unknown(String problem, boolean undecided) implements Answer {}
    }

    /** Makes these the references whose values are kept. Returns at once. */
    void want(Set<SecretReference> references);

    /** Returns what a wanted reference stands for, from memory. */
    Answer read(SecretReference reference);

    /** Waits until a wanted reference has an answer or an attempt failed, or the time is over. */
    void settle(SecretReference reference, Duration limit) throws InterruptedException;

    /** Has a wanted reference fetched again. Returns at once. */
    void refresh(SecretReference reference);
}
