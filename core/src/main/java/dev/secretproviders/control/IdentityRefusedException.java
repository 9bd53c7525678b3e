package dev.secretproviders.control;

/** An object uses the identity of the machine or pod that the runner is on, and its writer must not. */
public final class IdentityRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    IdentityRefusedException(String used) {
        super(used
                + "; that takes the right ambient_identity, which the role admin has. Have an admin write the object, or give the"
                + " provider a credential of its own");
    }
}
