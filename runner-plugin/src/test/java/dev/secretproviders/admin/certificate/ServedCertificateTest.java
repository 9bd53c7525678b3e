package dev.secretproviders.admin.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.certificate.TestCertificates.Issued;
import dev.secretproviders.certificate.TestGateway;
import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.peers.NginxTls;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** TLS handshakes with nginx that serves what the runner wrote to {@code ssls}. */
class ServedCertificateTest {
    private static final Issued ROOT =
            TestCertificates.authority("The root of clients").make();
    private static final Issued MIDDLE =
            TestCertificates.authority("A middle").by(ROOT).make();

    @TempDir
    private Path directory;

    private final ApisixAdminApi gateway = ApisixAdminApi.start();
    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory, TestGateway.settings(gateway));
        admin.put("/admin/providers/local/tls", "{}").expect(201);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
        gateway.close();
    }

    private JsonNode written(ObjectNode secret, String more) {
        ObjectNode body = JsonMapper.shared().createObjectNode();
        body.set("fields", secret);
        admin.put("/admin/secrets/tls/shop", body.toString()).expect(201);
        admin.put("/admin/certificates/shop", "{'snis': ['shop.example.com'], " + more + "}")
                .expect(201);
        JsonNode ssl = gateway.object("ssls", "shop");
        return ssl;
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA", "PKCS12"})
    void clientsThatKnowTheRootOnlyAcceptIt(String form) throws Exception {
        TestCertificates server = TestCertificates.server("shop.example.com").by(MIDDLE);
        Issued made = form.equals("RSA") ? server.rsa(2048).make() : server.make();
        ObjectNode secret = JsonMapper.shared().createObjectNode();
        String references;
        if (form.equals("PKCS12")) {
            secret.put("p12", made.pkcs12("a-password-of-a-file")).put("password", "a-password-of-a-file");
            references = "'pkcs12': '$secret://local/tls/shop/p12', 'password': '$secret://local/tls/shop/password'";
        } else {
            secret.put("crt", made.pem()).put("key", made.key());
            references = "'certificate': '$secret://local/tls/shop/crt', 'key': '$secret://local/tls/shop/key'";
        }
        JsonNode ssl = written(secret, references);

        try (NginxTls nginx =
                NginxTls.start(ssl.path("cert").asString(), ssl.path("key").asString(), null)) {
            assertThat(handshake(nginx, null).getSerialNumber())
                    .isEqualTo(made.certificate().getSerialNumber());
        }
    }

    @Test
    void clientsNeedACertificateOfTheAuthoritiesThatWereWritten() throws Exception {
        Issued made = TestCertificates.server("shop.example.com").by(MIDDLE).make();
        Issued authority = TestCertificates.authority("Of clients").make();
        Issued client =
                TestCertificates.server("client").forClients().by(authority).make();
        ObjectNode secret = JsonMapper.shared().createObjectNode();
        secret.put("crt", made.pem()).put("key", made.key()).put("ca", authority.own());
        JsonNode ssl = written(
                secret,
                "'certificate': '$secret://local/tls/shop/crt', 'key': '$secret://local/tls/shop/key', 'client_ca':"
                        + " '$secret://local/tls/shop/ca'");

        try (NginxTls nginx = NginxTls.start(
                ssl.path("cert").asString(),
                ssl.path("key").asString(),
                ssl.path("client").path("ca").asString())) {
            assertThat(handshake(nginx, client).getSerialNumber())
                    .isEqualTo(made.certificate().getSerialNumber());
            assertThatThrownBy(() -> handshake(nginx, null)).isInstanceOf(IOException.class);
        }
    }

    /** Makes a request as a client that trusts the root only, and returns the server's certificate. */
    private static X509Certificate handshake(NginxTls nginx, @Nullable Issued client) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("root", ROOT.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        if (client != null) {
            own.setKeyEntry(
                    "client",
                    client.keys().getPrivate(),
                    new char[0],
                    client.chain().toArray(Certificate[]::new));
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), nginx.port())) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName("shop.example.com")));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            if (!answer.contains("served")) {
                throw new IOException(answer.lines().findFirst().orElse("no answer"));
            }
            X509Certificate certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            assertThat(certificate.getSubjectAlternativeNames().toString()).contains("shop.example.com");
            return certificate;
        }
    }
}
