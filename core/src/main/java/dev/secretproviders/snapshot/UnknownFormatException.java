package dev.secretproviders.snapshot;

import java.io.IOException;

/** A snapshot has the format of another version of the product. The message names both and the remedy, and no content. */
final class UnknownFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    UnknownFormatException(String message) {
        super(message);
    }
}
