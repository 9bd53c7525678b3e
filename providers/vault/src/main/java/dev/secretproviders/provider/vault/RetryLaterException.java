package dev.secretproviders.provider.vault;

import java.io.IOException;
import java.time.Duration;

/** Thrown when Vault asks for a pause. It carries the header of the answer, which the driver would drop. */
final class RetryLaterException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final Duration pause;

    RetryLaterException(int status, Duration pause) {
        super("status " + status);
        this.status = status;
        this.pause = pause;
    }

    int status() {
        return status;
    }

    Duration pause() {
        return pause;
    }
}
