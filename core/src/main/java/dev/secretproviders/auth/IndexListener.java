package dev.secretproviders.auth;

/** Receives each change of the credential index, in order, once it is in force. */
@FunctionalInterface
public interface IndexListener {
    /** Called by the thread that builds the index, so it must not do I/O. */
    void changed(IndexChange change);
}
