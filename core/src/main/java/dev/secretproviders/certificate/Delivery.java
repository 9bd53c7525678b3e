package dev.secretproviders.certificate;

import java.util.Locale;

/** How a certificate reaches the gateway. */
public enum Delivery {
    /** The runner writes it to APISIX's {@code ssls} over the Admin API. */
    ADMIN_API,
    /** The runner writes nothing. It checks the certificate, and offers a fragment for ADC. */
    ADC;

    /** Returns the name in JSON. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
