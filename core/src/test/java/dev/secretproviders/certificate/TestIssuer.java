package dev.secretproviders.certificate;

import dev.secretproviders.spi.CertificateIssuer;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A provider that issues certificates and has no secrets. */
final class TestIssuer implements SecretProvider, CertificateIssuer {
    /** How often it was asked. */
    final AtomicInteger count = new AtomicInteger();

    /** The name in its certificates. */
    volatile String name = "shop.example.com";

    volatile boolean down;

    /** What happens before it answers. */
    volatile Meanwhile meanwhile = () -> {};

    interface Meanwhile {
        void run() throws Exception;
    }

    @Override
    public Issued issue(Request request) throws ProviderException {
        count.incrementAndGet();
        if (down) {
            throw new IllegalStateException();
        }
        try {
            meanwhile.run();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        TestCertificates.Issued made = TestCertificates.good(name);
        return new Issued(made.pem(), Secret.ofUtf8(made.key()));
    }

    @Override
    public @Nullable CertificateIssuer issuer() {
        return this;
    }

    @Override
    public ProviderId id() {
        return new ProviderId("issuing", "test");
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        return List.of();
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests) {
        return Map.of();
    }

    @Override
    public void close() {}
}
