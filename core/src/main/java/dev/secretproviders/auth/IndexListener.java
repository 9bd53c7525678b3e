package dev.secretproviders.auth;

/** Told of each change of the credential index, in order, once it is in force. */
@FunctionalInterface
public interface IndexListener {
    /** Called by the thread that builds the index, which waits for it: no I/O. */
    void changed(IndexChange change);
}
