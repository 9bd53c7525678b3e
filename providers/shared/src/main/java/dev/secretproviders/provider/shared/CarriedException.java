package dev.secretproviders.provider.shared;

import dev.secretproviders.spi.ProviderException;

/** Carries the reason through a library whose callbacks declare no checked exceptions. */
public final class CarriedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ProviderException reason;

    /** Creates the exception. The receiver throws the reason instead. */
    public CarriedException(ProviderException reason) {
        super(reason.getMessage());
        this.reason = reason;
    }

    /** Returns the reason. */
    public ProviderException reason() {
        return reason;
    }
}
