package dev.secretproviders.provider.vault;

import java.io.IOException;
import java.time.Duration;

/** Vault asks to be left alone for a while. Carries what the driver drops on its way: the headers of an answer. */
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
