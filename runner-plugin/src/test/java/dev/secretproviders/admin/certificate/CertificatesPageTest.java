package dev.secretproviders.admin.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.certificate.TestCertificates.Issued;
import dev.secretproviders.certificate.TestGateway;
import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.peers.OpenBao;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs the commands of {@code docs/how-to/certificates.md} that write a certificate of a Vault to APISIX. */
class CertificatesPageTest {
    private static final Pattern COMMANDS = Pattern.compile("(?m)^ *```bash\n((?s:.*?))^ *```");

    @TempDir
    private Path directory;

    /** Returns the commands of the first section. */
    private static String commands() throws Exception {
        String page = Files.readString(Path.of("../docs/how-to/certificates.md"));
        int begin = page.indexOf("## Write a certificate to APISIX");
        String section = page.substring(begin, page.indexOf("\n## ", begin + 1));
        return COMMANDS.matcher(section)
                .results()
                .map((MatchResult block) -> block.group(1))
                .collect(Collectors.joining("\n"));
    }

    private String run(String script) throws Exception {
        Process process = new ProcessBuilder("bash", "-eu", "-c", script)
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
        return out;
    }

    @Test
    void commandsOfThePageWriteACertificateAndShowIt() throws Exception {
        Issued shop = TestCertificates.good("shop.example.com");
        try (OpenBao bao = OpenBao.start();
                ApisixAdminApi gateway = ApisixAdminApi.start();
                AdminFixture admin = new AdminFixture(directory, TestGateway.settings(gateway))) {
            int _ = bao.kvPut("secret", 2, "tls/shop", Map.of("crt", shop.pem(), "key", shop.key()));
            admin.put(
                            "/admin/providers/vault/prod",
                            "{'uri': '" + bao.uri() + "', 'prefix': 'secret', 'token': '" + bao.rootToken() + "'}")
                    .expect(201);
            Path data = Files.createDirectories(directory.resolve("secret-providers-data"));
            Files.writeString(data.resolve("admin-token"), admin.firstToken);

            String said =
                    run(commands().replace("http://127.0.0.1:9190", admin.uri().toString()));

            assertThat(gateway.object("ssls", "shop").path("cert").asString()).isEqualTo(shop.pem());
            // The last line is the answer of the last command.
            JsonNode list = JsonMapper.shared().readTree(said.substring(said.lastIndexOf("{\"total\"")));
            assertThat(list.path("list").path(0).at("/value/status/state").asString())
                    .isEqualTo("in_force");
            assertThat(list.path("list").path(0).at("/value/status/expires_at").asString())
                    .isEqualTo(shop.certificate().getNotAfter().toInstant().toString());
        }
    }
}
