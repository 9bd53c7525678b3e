package dev.secretproviders.admin.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.peers.OpenBao;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where an operator reads what is odd about a provider: in the answer to writing it, in its status, in tests, in explain. */
final class ProviderHintsTest {
    @TempDir
    private Path directory;

    @Test
    void prefixOfVaultsOwnPathsIsSaidWhereverItIsInTheWay() throws Exception {
        try (OpenBao bao = OpenBao.start();
                AdminFixture admin = new AdminFixture(directory)) {
            bao.kvPut("secret", 2, "apisix/jack", Map.of("key", "one"));
            String object = "{'uri': '" + bao.uri() + "', 'token': '" + bao.rootToken() + "', 'prefix': '%s'}";
            String remedy = "as 'secret/apisix'";

            assertThat(admin.put("/admin/providers/vault/odd", object.formatted("secret/data/apisix"))
                            .expect(201)
                            .json()
                            .path("warnings")
                            .toString())
                    .contains(remedy);
            assertThat(admin.get("/admin/providers/vault/odd/status")
                            .json()
                            .path("warnings")
                            .toString())
                    .contains(remedy);
            AdminFixture.Answer test = admin.post("/admin/providers/vault/odd/test", "{'path': 'jack/key'}")
                    .expect(200);
            assertThat(test.json().path("failed_step").asString()).isEqualTo("read");
            assertThat(test.json().path("steps").toString()).contains("there is no secret", remedy);
            assertThat(test.json().path("warnings").toString()).contains(remedy);
            assertThat(admin.post("/admin/explain", "{'reference': '$secret://vault/odd/jack/key'}")
                            .json()
                            .path("problem")
                            .asString())
                    .contains(remedy);

            admin.put("/admin/providers/vault/odd", object.formatted("secret/apisix"))
                    .expect(200);
            assertThat(admin.post("/admin/providers/vault/odd/test", "{'path': 'jack/key'}")
                            .expect(200)
                            .json()
                            .has("warnings"))
                    .isFalse();
        }
    }
}
