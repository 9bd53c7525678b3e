package dev.secretproviders.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.certificate.TestCertificates.Issued;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What is checked before a certificate is written. Each refusal names the field and what to do, and no key. */
class MaterialCheckTest {
    private static final Issued ROOT = TestCertificates.authority("A root").make();
    private static final Issued MIDDLE =
            TestCertificates.authority("A middle").by(ROOT).make();
    private static final String SHOP = "shop.example.com";

    @TempDir
    private Path directory;

    @Test
    void chainWithItsKeyIsAccepted() {
        Issued good = TestCertificates.server(SHOP).by(MIDDLE).make();

        assertThat(problems(good.pem(), good.key(), SHOP)).isEmpty();
        assertThat(problems(good.whole(), good.key(), SHOP)).isEmpty();
    }

    @Test
    void oneTextMayHoldChainAndKey() {
        Issued good = TestCertificates.server(SHOP).by(MIDDLE).make();

        assertThat(problems("some words\n" + good.key() + good.pem(), null, SHOP))
                .isEmpty();
    }

    @Test
    void rsaAndEd25519AreAccepted() {
        Issued rsa = TestCertificates.server(SHOP).rsa(2048).by(ROOT).make();
        Issued ed = TestCertificates.server(SHOP).ed25519().by(ROOT).make();

        assertThat(problems(rsa.pem(), rsa.key(), SHOP)).isEmpty();
        assertThat(problems(ed.pem(), ed.key(), SHOP)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"RSA,-traditional", "EC,-traditional", "RSA,''", "EC,''"})
    void keysAsOpensslWritesThemAreRead(String kind, String form) throws Exception {
        TestCertificates server = TestCertificates.server(SHOP).by(ROOT);
        Issued good = kind.equals("RSA") ? server.rsa(2048).make() : server.make();
        Path file = directory.resolve("key.pem");
        Files.writeString(file, good.key());
        List<String> command = new java.util.ArrayList<>(List.of("openssl", "pkey", "-in", file.toString()));
        if (!form.isEmpty()) {
            command.add(form);
        }
        Process openssl = new ProcessBuilder(command).redirectErrorStream(true).start();
        String written = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(written).contains(form.isEmpty() ? "BEGIN PRIVATE KEY" : "BEGIN " + kind + " PRIVATE KEY");
        assertThat(problems(good.pem(), written, SHOP)).isEmpty();
    }

    /** Libraries throw runtime exceptions of many kinds for them. */
    @ParameterizedTest
    @ValueSource(strings = {"RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY"})
    void keyUnderTheWrongLabelOrWithAWrongContentIsAProblem(String label) {
        Issued good = TestCertificates.server(SHOP).by(ROOT).make();
        List<String> wrong = new ArrayList<>(List.of("MAA=", "AA==", "MIAAAA==", "BQA=", "MAMCAQA="));
        if (!label.equals("PRIVATE KEY")) {
            // A key as PKCS#8.
            wrong.add(
                    Base64.getEncoder().encodeToString(good.keys().getPrivate().getEncoded()));
        }

        for (String content : wrong) {
            String key = "-----BEGIN " + label + "-----\n" + content + "\n-----END " + label + "-----\n";
            assertThat(problems(good.pem(), key, SHOP))
                    .as(content.length() + " characters")
                    .singleElement()
                    .asString()
                    .startsWith("key: ")
                    .doesNotContain(content);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"MAA=", "AA==", "MIAAAA==", "MAMCAQM="})
    void damagedPkcs12FileIsAProblem(String content) {
        ObjectNode fields = fields(SHOP);
        fields.put("pkcs12", "$secret://vault/prod/tls/p12");

        assertThat(problems(fields, Map.of("pkcs12", content)))
                .singleElement()
                .asString()
                .startsWith("pkcs12: the PKCS#12 file cannot be opened");
    }

    @Test
    void keyOfAnotherCertificateIsRefused() {
        Issued good = TestCertificates.server(SHOP).by(ROOT).make();
        Issued other = TestCertificates.server(SHOP).by(ROOT).make();
        Issued rsa = TestCertificates.server(SHOP).rsa(2048).by(ROOT).make();

        assertThat(problems(good.pem(), other.key(), SHOP))
                .containsExactly("key: the private key does not belong to the certificate; write the key that it was"
                        + " issued for");
        assertThat(problems(good.pem(), rsa.key(), SHOP)).hasSize(1);
    }

    @Test
    void chainInTheWrongOrderIsRefused() {
        Issued good = TestCertificates.server(SHOP).by(MIDDLE).make();
        Issued stranger = TestCertificates.authority("A stranger").make();

        assertThat(problems(MIDDLE.own() + good.own(), good.key(), SHOP))
                .anyMatch(problem ->
                        problem.startsWith("certificate: the certificate of the private key is not the first"))
                .anyMatch(
                        problem -> problem.startsWith("certificate: certificate 2 is not the issuer of certificate 1"));
        assertThat(problems(good.own() + stranger.own(), good.key(), SHOP))
                .singleElement()
                .asString()
                .startsWith(
                        "certificate: certificate 2 is not the issuer of certificate 1; write the certificates in order");
    }

    @Test
    void issuerOfTheSameNameThatDidNotSignIsRefused() {
        Issued good = TestCertificates.server(SHOP).by(MIDDLE).make();
        Issued impostor = TestCertificates.authority("A middle").by(ROOT).make();

        assertThat(problems(good.own() + impostor.own(), good.key(), SHOP))
                .singleElement()
                .asString()
                .contains("did not sign it");
    }

    @Test
    void issuerThatIsNoAuthorityIsRefused() {
        Issued server = TestCertificates.server("other.example.com").by(ROOT).make();
        Issued below = TestCertificates.server(SHOP).by(server).make();

        assertThat(problems(below.pem(), below.key(), SHOP)).anyMatch(problem -> problem.contains("may not issue"));
    }

    @Test
    void chainBelowAnAuthorityThatAllowsNoneIsRefused() {
        Issued narrow = TestCertificates.authority("Narrow").depth(0).by(ROOT).make();
        Issued below = TestCertificates.authority("Below").by(narrow).make();
        Issued good = TestCertificates.server(SHOP).by(below).make();

        assertThat(problems(good.pem(), good.key(), SHOP))
                .singleElement()
                .asString()
                .contains("allows at most 0 authorities below it");
    }

    @Test
    void expiredAndFutureCertificatesAreRefused() {
        Instant now = Instant.now();
        Issued old = TestCertificates.server(SHOP)
                .valid(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)))
                .by(ROOT)
                .make();
        Issued next = TestCertificates.server(SHOP)
                .valid(now.plus(Duration.ofDays(1)), now.plus(Duration.ofDays(9)))
                .by(ROOT)
                .make();
        Issued oldMiddle = TestCertificates.authority("Old")
                .valid(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)))
                .by(ROOT)
                .make();
        Issued below = TestCertificates.server(SHOP).by(oldMiddle).make();

        assertThat(problems(old.pem(), old.key(), SHOP))
                .singleElement()
                .asString()
                .startsWith("certificate: certificate 1 ended at ")
                .endsWith("; write a renewed one");
        assertThat(problems(next.pem(), next.key(), SHOP))
                .singleElement()
                .asString()
                .contains("is valid from");
        assertThat(problems(below.pem(), below.key(), SHOP))
                .singleElement()
                .asString()
                .contains("certificate 2 ended at");
    }

    @Test
    void weakKeysAndSignaturesAreRefused() {
        Issued small = TestCertificates.server(SHOP).rsa(1024).by(ROOT).make();
        Issued rsaRoot = TestCertificates.authority("RSA root").rsa(2048).make();
        Issued sha1 = TestCertificates.server(SHOP).signedWeakly().by(rsaRoot).make();

        assertThat(problems(small.pem(), small.key(), SHOP))
                .singleElement()
                .asString()
                .contains("weak key (RSA 1024)");
        assertThat(problems(sha1.pem(), sha1.key(), SHOP))
                .singleElement()
                .asString()
                .contains("signed with SHA1withRSA");
    }

    @ParameterizedTest
    @CsvSource({
        "shop.example.com, shop.example.com, true",
        "SHOP.example.com, shop.EXAMPLE.com, true",
        "shop.example.com, *.example.com, true",
        "*.example.com, *.example.com, true",
        "a.shop.example.com, *.example.com, false",
        "example.com, *.example.com, false",
        "*.example.com, shop.example.com, false",
        "*.shop.example.com, *.example.com, false",
        "shop.example.org, shop.example.com, false",
    })
    void namesAreCoveredAsClientsMatchThem(String sni, String name, boolean covered) {
        Issued made = TestCertificates.server(name).by(ROOT).make();

        assertThat(problems(made.pem(), made.key(), sni).isEmpty()).isEqualTo(covered);
    }

    @Test
    void certificateWithoutNamesOrForClientsIsRefused() {
        Issued nameless = TestCertificates.server().by(ROOT).make();
        Issued client = TestCertificates.server(SHOP).forClients().by(ROOT).make();

        assertThat(problems(nameless.pem(), nameless.key(), "nameless"))
                .singleElement()
                .asString()
                .contains("covers no DNS name (subjectAltName)");
        assertThat(problems(client.pem(), client.key(), SHOP))
                .singleElement()
                .asString()
                .contains("lacks serverAuth");
    }

    @Test
    void contentThatIsNoPemIsRefusedWithoutQuotingIt() {
        Issued good = TestCertificates.server(SHOP).by(ROOT).make();
        String damaged = good.key().replaceFirst("(?m)^M.{20}", "MAAAAAAAAAAAAAAAAAAAA");

        assertThat(problems("no certificate", good.key(), SHOP))
                .singleElement()
                .asString()
                .contains("expected PEM text");
        assertThat(problems(good.pem(), "no key", SHOP))
                .singleElement()
                .asString()
                .startsWith("key: expected PEM text");
        assertThat(problems(good.pem(), damaged, SHOP))
                .singleElement()
                .asString()
                .startsWith("key: the private key cannot be read")
                .doesNotContain(good.canary());
        assertThat(problems(good.pem(), good.key() + good.key(), SHOP))
                .singleElement()
                .asString()
                .contains("holds 2 private keys");
        assertThat(problems(
                        good.pem(),
                        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----",
                        SHOP))
                .singleElement()
                .asString()
                .contains("is encrypted");
    }

    @Test
    void pkcs12IsReadWithItsPassword() {
        Issued good = TestCertificates.server(SHOP).by(MIDDLE).make();
        ObjectNode fields = fields(SHOP);
        fields.put("pkcs12", "$secret://vault/prod/tls/p12");
        fields.put("password", "$secret://vault/prod/tls/password");

        assertThat(problems(fields, Map.of("pkcs12", good.pkcs12("hunter22"), "password", "hunter22")))
                .isEmpty();
        assertThat(problems(fields, Map.of("pkcs12", good.pkcs12("hunter22"), "password", "hunter23")))
                .singleElement()
                .asString()
                .startsWith("password: the PKCS#12 file cannot be opened")
                .doesNotContain("hunter");
        assertThat(problems(fields, Map.of("pkcs12", "%%%", "password", "x"))).hasSize(1);
    }

    @Test
    void authoritiesOfClientsAreChecked() {
        Issued good = TestCertificates.server(SHOP).by(ROOT).make();
        ObjectNode fields = fields(SHOP);
        fields.put("certificate", "$secret://vault/prod/tls/crt");
        fields.put("key", "$secret://vault/prod/tls/key");
        fields.put("client_ca", "$secret://vault/prod/tls/ca");

        assertThat(problems(fields, Map.of("certificate", good.pem(), "key", good.key(), "client_ca", ROOT.own())))
                .isEmpty();
        assertThat(problems(fields, Map.of("certificate", good.pem(), "key", good.key(), "client_ca", good.own())))
                .singleElement()
                .asString()
                .startsWith("client_ca: certificate 1 is not that of an authority");
    }

    private static List<String> problems(String chain, @org.jspecify.annotations.Nullable String key, String sni) {
        ObjectNode fields = fields(sni);
        Map<String, String> values = new HashMap<>(Map.of("certificate", chain));
        fields.put("certificate", "$secret://vault/prod/tls/crt");
        if (key != null) {
            fields.put("key", "$secret://vault/prod/tls/key");
            values.put("key", key);
        }
        return problems(fields, values);
    }

    private static ObjectNode fields(String sni) {
        ObjectNode fields = JsonMapper.shared().createObjectNode();
        fields.putArray("snis").add(sni);
        return fields;
    }

    private static List<String> problems(ObjectNode fields, Map<String, String> values) {
        CertificateObject object = CertificateObject.of("shop", fields);
        Map<String, Secret> secrets = new HashMap<>();
        values.forEach((field, value) -> secrets.put(field, Secret.ofUtf8(value)));
        try {
            Material material = new MaterialReader(secrets).read(object.source());
            return MaterialCheck.problems(object, material, Instant.now()).stream()
                    .map(CertificateProblem::toString)
                    .toList();
        } catch (InvalidCertificateException e) {
            return e.problems().stream().map(CertificateProblem::toString).toList();
        }
    }
}
