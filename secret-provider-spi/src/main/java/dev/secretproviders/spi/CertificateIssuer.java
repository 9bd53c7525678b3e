package dev.secretproviders.spi;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Issues TLS certificates, each with a new private key. A provider that can offers it with {@link SecretProvider#issuer}.
 * Thread-safe.
 */
public interface CertificateIssuer {
    /**
     * What is asked for.
     *
     * @param role the name of a role or template of the manager
     * @param names the host names, at least one; they may begin with {@code *.}
     * @param life how long the certificate shall be valid, or null for what the role says
     */
    record Request(
            String role, List<String> names, @Nullable Duration life) {
        public Request {
            names = List.copyOf(names);
        }
    }

    /**
     * What was issued.
     *
     * @param chain PEM text: the certificate, then those of its issuers in order, without the root if the manager leaves it out
     * @param key the private key as PEM; the receiver closes it
     */
    record Issued(String chain, Secret key) {}

    /**
     * Issues a certificate. Blocks, can be interrupted, and ends within the provider's {@code timeout}.
     *
     * @throws ProviderException if none was issued; the kind {@code PERMISSION} or {@code CONFIGURATION} says that a retry does not
     *     help
     */
    Issued issue(Request request) throws ProviderException, InterruptedException;
}
