package dev.secretproviders.snapshot;

import java.io.IOException;

/** The file of last-known-good is not one that may be read; the message says why and what to do. */
final class RefusedSnapshotException extends IOException {
    private static final long serialVersionUID = 1;

    RefusedSnapshotException(String message) {
        super(message);
    }
}
