package dev.secretproviders.provider.kubernetes;

import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The address of an API server and the credentials for it.
 *
 * @param server its address
 * @param tls the trusted certificates, and our client certificate if there is one
 * @param token read again for each request, since the kubelet replaces it about every hour; null for a login by
 *     certificate
 */
record ClusterAccess(URI server, TlsSettings tls, @Nullable CredentialSource token) {}
