package dev.secretproviders.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.SecretReference;
import java.util.List;
import org.junit.jupiter.api.Test;

class CredentialTest {
    private static final CredentialText TEXT =
            new CredentialText.Referenced(SecretReference.parse("$secret://vault/prod/jack/key"));

    @Test
    void exactlyTheFieldsOfACredentialAreResolved() {
        List<Credential> all = List.of(
                new Credential.KeyAuth(null, TEXT),
                new Credential.BasicAuth(null, TEXT, TEXT),
                new Credential.JwtAuth(null, TEXT, TEXT, "HS256", false, 0),
                new Credential.JwtAuth(null, TEXT, TEXT, "ES256", false, 0),
                new Credential.HmacAuth(null, TEXT, TEXT));
        List<String> names = List.of("key", "username", "password", "secret", "public_key", "key_id", "secret_key", "");
        for (Credential credential : all) {
            List<String> fields =
                    credential.fields().stream().map(Credential.Field::path).toList();
            for (CredentialKind kind : CredentialKind.values()) {
                for (String name : names) {
                    String path = kind.path(name);
                    assertThat(credential.isResolved(path))
                            .as(credential.kind() + " " + path)
                            .isEqualTo(fields.contains(path));
                }
            }
        }
    }
}
