package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.provider.TestProviders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VaultProviderFactoryTest {

    @Test
    void objectOfApisixIsTakenAsItIs() {
        assertThat(problems(Map.of(
                        "uri", "https://127.0.0.1:8200/",
                        "prefix", "/kv/apisix/",
                        "token", "t",
                        "namespace", "team1",
                        "kv_version", "kv-v1",
                        "authentication_method", "token")))
                .isEmpty();
    }

    @Test
    void everyProblemIsSaidAtOnce() {
        assertThat(problems(Map.of(
                        "prefix", "kv/../sys",
                        "kv_version", "3",
                        "authentication_method", "ldap",
                        "token", "t",
                        "auth", Map.of("method", "approle", "mount", ".."),
                        "tls", Map.of("ca_file", "/nowhere", "cert_file", "/nowhere", "verify", false))))
                .containsExactlyInAnyOrder(
                        "providers.vault.test.uri: is required",
                        "providers.vault.test.prefix: has a segment '.', '..' or one with '%', '?', '#', '\\' or a"
                                + " control character",
                        "providers.vault.test.kv_version: expected one of auto, kv-v1, kv-v2, 1, 2; did you mean '1'?",
                        "providers.vault.test.authentication_method: expected one of token",
                        "providers.vault.test.token: cannot be used together with auth; write one of them",
                        "providers.vault.test.auth.mount: is not the path of an auth method, such as approle",
                        "providers.vault.test.auth.role_id: is required",
                        "providers.vault.test.tls.ca_file: names a file that cannot be read",
                        "providers.vault.test.tls.cert_file: names a file that cannot be read",
                        "providers.vault.test.tls.key_file: is required together with cert_file",
                        "providers.vault.test.tls.verify: cannot be false together with ca_file");
    }

    @Test
    void filesOfAnotherKindAreToldAtOnce(@TempDir Path temp) throws Exception {
        String file = Files.writeString(temp.resolve("f.pem"), "canary").toString();

        assertThat(problems(Map.of(
                        "uri", "https://v",
                        "token", "t",
                        "tls", Map.of("ca_file", file, "cert_file", file, "key_file", file))))
                .containsExactlyInAnyOrder(
                        "providers.vault.test.tls.ca_file: names a file without PEM certificates",
                        "providers.vault.test.tls.cert_file: names a file without PEM certificates",
                        "providers.vault.test.tls.key_file: names a file without an unencrypted PKCS #8 key; convert it"
                                + " with 'openssl pkcs8 -topk8 -nocrypt'");
    }

    private static List<String> problems(Map<String, ?> fields) {
        return TestProviders.problems(new VaultProviderFactory(), fields);
    }
}
