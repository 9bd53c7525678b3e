package dev.secretproviders.certificate;

import java.util.List;
import java.util.stream.Collectors;

/** A certificate object, or what its references stand for, cannot be used. Holds no key material. */
public final class InvalidCertificateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // Never serialized: it is caught where the answer is written.
    private final List<CertificateProblem> problems;

    /** Creates an exception with every problem. */
    public InvalidCertificateException(List<CertificateProblem> problems) {
        super(
                problems.stream().map(CertificateProblem::toString).collect(Collectors.joining("; ")),
                null,
                false,
                false);
        this.problems = List.copyOf(problems);
    }

    /** Returns the problems. */
    public List<CertificateProblem> problems() {
        return problems;
    }
}
