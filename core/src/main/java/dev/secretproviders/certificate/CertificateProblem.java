package dev.secretproviders.certificate;

/**
 * Something wrong with a certificate object or with what its references stand for. It holds no key material.
 *
 * @param field the field of the object, such as {@code key}
 * @param message what is wrong and what to do
 */
public record CertificateProblem(String field, String message) {
    /** Returns the problem as a line. */
    @Override
    public String toString() {
        return field + ": " + message;
    }
}
