package dev.secretproviders.certificate;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a certificate is doing, as this runner last saw it. Immutable; holds no key material.
 *
 * @param state the state
 * @param problems what is wrong; empty if nothing is
 * @param facts the certificate that is in force: in the gateway, or for ADC the one that the references stand for; null if none is
 * @param writtenAt when a runner last wrote it to the gateway, or null
 * @param repairedAt when something else's change was last undone, or null
 * @param checkedAt when this runner last looked
 */
public record CertificateStatus(
        State state,
        List<CertificateProblem> problems,
        @Nullable Facts facts,
        @Nullable Instant writtenAt,
        @Nullable Instant repairedAt,
        Instant checkedAt) {
    public CertificateStatus {
        problems = List.copyOf(problems);
    }

    /** The state of a certificate. */
    public enum State {
        /** It was not looked at yet, or its manager must name or confirm a value first. */
        PENDING,
        /** The gateway has it. For ADC: it can be used. */
        IN_FORCE,
        /** What the references stand for cannot be used. What is in the gateway stays. */
        REFUSED,
        /** Something else owns the gateway, or the object of this id in it. Nothing is written. */
        NOT_OURS,
        /** Something else changed the object in the gateway again and again. It is not repaired for a while. */
        CONTESTED,
        /** The gateway's Admin API cannot be reached, or refuses the object. */
        NOT_WRITTEN;

        /** Returns the name in JSON. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What a certificate says.
     *
     * @param serial the serial number in hexadecimal
     * @param until when it or a certificate of its chain ends
     * @param soon from when on its end is near
     */
    public record Facts(String serial, Instant until, Instant soon) {}
}
