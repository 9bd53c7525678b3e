package dev.secretproviders.provider.kubernetes;

import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * How to reach an API server.
 *
 * @param server its address
 * @param tls whom to trust and with which certificate we log in, if with any
 * @param token read anew for each request, since the kubelet replaces it about every hour; null if we log in by certificate
 */
record ClusterAccess(URI server, TlsSettings tls, @Nullable CredentialSource token) {}
