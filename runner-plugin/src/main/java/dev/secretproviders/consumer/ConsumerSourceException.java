package dev.secretproviders.consumer;

/** The gateway's configuration cannot be read now. The message is safe to show: no key, password or content. */
public final class ConsumerSourceException extends Exception {
    private static final long serialVersionUID = 1L;

    ConsumerSourceException(String message) {
        super(message);
    }
}
