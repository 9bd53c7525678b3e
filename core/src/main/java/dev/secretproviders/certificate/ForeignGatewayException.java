package dev.secretproviders.certificate;

/** Something else owns the gateway's configuration, so the runner must not write to it. The message says what. */
public final class ForeignGatewayException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What to do instead; follows the reason. */
    private static final String INSTEAD =
            ". Deliver it that way instead: a Kubernetes TLS Secret that an ApisixTls names,"
                    + " or \"delivery\": \"adc\" and the fragment of GET /admin/certificates/{id}/adc";

    /** Creates an exception with the whole message of {@link #message}. */
    ForeignGatewayException(String message) {
        super(message);
    }

    /** Returns a reason with what to do instead. */
    static String message(String reason) {
        return reason + INSTEAD;
    }
}
