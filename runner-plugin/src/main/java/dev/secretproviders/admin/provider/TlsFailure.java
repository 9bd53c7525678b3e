package dev.secretproviders.admin.provider;

import dev.secretproviders.limits.Place;
import dev.secretproviders.provider.shared.Causes;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;

/** Says in words why a TLS connection could not be made, and what to do about it. */
final class TlsFailure {
    private TlsFailure() {}

    /** Returns why, from the failure of a handshake. */
    static String words(Throwable failure, Place place) {
        String host = place.host();
        if (Causes.find(failure, CertificateExpiredException.class) != null) {
            return "the certificate of " + host + " has expired; renew it there";
        }
        if (Causes.find(failure, CertificateNotYetValidException.class) != null) {
            return "the certificate of " + host + " is not valid yet; compare the clocks of both machines";
        }
        if (Causes.find(failure, CertPathBuilderException.class) != null) {
            return "no authority that the provider trusts signed the certificate of " + host
                    + "; trust its authority, for example with tls.ca_file";
        }
        CertificateException certificate = Causes.find(failure, CertificateException.class);
        if (certificate != null) {
            return "the certificate is not one for " + host + " (" + certificate.getMessage()
                    + "); use a name that the certificate has";
        }
        return "no TLS connection to " + host + ":" + place.port() + " (" + message(failure)
                + "); check that this port speaks TLS, and whether it asks for a client certificate";
    }

    private static String message(Throwable failure) {
        String said = Causes.root(failure).getMessage();
        return said == null ? Causes.words(failure) : said;
    }
}
