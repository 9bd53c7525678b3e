package dev.secretproviders.control;

/** Thrown when an object uses the identity of the runner's machine or pod and its writer may not do so. */
public final class IdentityRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    IdentityRefusedException(String used) {
        super(used
                + "; this requires the right ambient_identity, which the role admin has. Have an admin write the object, or give the"
                + " provider a credential of its own");
    }
}
