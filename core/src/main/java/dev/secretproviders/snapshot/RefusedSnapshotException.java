package dev.secretproviders.snapshot;

import java.io.IOException;

/** Thrown when the last-known-good file must not be read; the message gives the reason and the remedy. */
public final class RefusedSnapshotException extends IOException {
    private static final long serialVersionUID = 1;

    RefusedSnapshotException(String message) {
        super(message);
    }
}
