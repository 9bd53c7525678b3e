package dev.secretproviders.provider.azure;

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.identity.AadCredentialBuilderBase;
import com.azure.identity.ClientAssertionCredentialBuilder;
import com.azure.identity.ClientCertificateCredentialBuilder;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.identity.CredentialBuilderBase;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.RefusedFileException;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Creates the library's credentials from an identity; reads its files and secrets again each time. */
final class AzureCredentials {
    private static final int MAX_BYTES = 256 << 10;
    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----");

    private AzureCredentials() {}

    /**
     * Creates a credential, without any request.
     *
     * @param http sends the credential's requests
     * @throws ProviderException of kind {@code AUTHENTICATION} if there is no usable credential
     */
    static TokenCredential create(AzureIdentity identity, URI authority, HttpClient http, ExecutorService threads)
            throws ProviderException, InterruptedException {
        return switch (identity) {
            case AzureIdentity.ClientSecret(var tenant, var client, var source) -> {
                try (Secret secret = source.read()) {
                    yield with(new ClientSecretCredentialBuilder(), tenant, client, authority, http, threads)
                            .clientSecret(secret.reveal())
                            .build();
                }
            }
            case AzureIdentity.ClientCertificate(var tenant, var client, var file, var files) -> {
                byte[] pem = read(file, files);
                try {
                    // The library would notice only at the first login, and would name neither the problem nor the
                    // file.
                    TlsSettings _ = TlsSettings.ofPem(null, certificates(pem), pem, true);
                    yield with(new ClientCertificateCredentialBuilder(), tenant, client, authority, http, threads)
                            // The library keeps the bytes that it reads from the stream.
                            .pemCertificate(new ByteArrayInputStream(pem))
                            .build();
                } catch (GeneralSecurityException | RuntimeException e) {
                    // Dropped: it may quote the key.
                    throw new ProviderException(
                            Kind.AUTHENTICATION,
                            "auth.certificate_file '" + file
                                    + "' is not a PEM file with a certificate and its private key");
                } finally {
                    Arrays.fill(pem, (byte) 0);
                }
            }
            case AzureIdentity.ManagedIdentity(var client) -> {
                ManagedIdentityCredentialBuilder builder =
                        quiet(new ManagedIdentityCredentialBuilder(), http).executorService(threads);
                yield (client == null ? builder : builder.clientId(client)).build();
            }
            case AzureIdentity.WorkloadIdentity(var tenant, var client, var file) ->
                with(new ClientAssertionCredentialBuilder(), tenant, client, authority, http, threads)
                        .clientAssertion(file::text)
                        .build();
        };
    }

    private static <T extends AadCredentialBuilderBase<T>> T with(
            T builder, String tenant, String client, URI authority, HttpClient http, ExecutorService threads) {
        return quiet(builder, http)
                .tenantId(tenant)
                .clientId(client)
                .authorityHost(authority.toString())
                // The operator names the authority. Asking Microsoft's public one about it would add a dependency that
                // can fail.
                .disableInstanceDiscovery()
                .executorService(threads);
    }

    /**
     * Sets a pipeline of our own. The library's pipeline logs and retries; at a machine's metadata service it does so
     * for over a minute.
     */
    private static <T extends CredentialBuilderBase<T>> T quiet(T builder, HttpClient http) {
        return builder.pipeline(new HttpPipelineBuilder().httpClient(http).build());
    }

    /** Returns only the certificates of the file, because the JDK's reader accepts no other content. */
    private static byte[] certificates(byte[] pem) {
        String text = new String(pem, StandardCharsets.US_ASCII);
        return CERTIFICATE
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] read(Path file, AllowedFiles files) throws ProviderException {
        try (InputStream in = files.open(file)) {
            return in.readNBytes(MAX_BYTES);
        } catch (RefusedFileException e) {
            throw new ProviderException(Kind.AUTHENTICATION, "auth.certificate_file: " + e.getReason());
        } catch (IOException e) {
            throw new ProviderException(Kind.AUTHENTICATION, "auth.certificate_file '" + file + "' cannot be read");
        }
    }
}
