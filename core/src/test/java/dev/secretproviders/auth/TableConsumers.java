package dev.secretproviders.auth;

import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.validity.Validity;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Consumers of a {@link DecisionTable}. Those called anna have their secrets in a secret manager. */
final class TableConsumers {
    private final DirectoryFixture it;

    TableConsumers(DirectoryFixture it) {
        this.it = it;
    }

    void add(String name, JsonNode said) {
        String id = said.path("credential").asString(null);
        Validity validity = Validity.ofLabels(
                "credential", label -> said.path("labels").path(label).asString(null));
        List<Credential> credentials = new ArrayList<>();
        said.propertyStream()
                .filter(entry -> entry.getValue().isObject() && !entry.getKey().equals("labels"))
                .forEach(entry -> credentials.add(
                        credential(name, id, entry.getKey(), entry.getValue()).with(validity)));
        it.consumerWithCustomId(name, said.path("custom_id").asString(null), credentials.toArray(new Credential[0]));
    }

    private Credential credential(String consumer, @Nullable String id, String plugin, JsonNode conf) {
        return switch (plugin) {
            case "key-auth" ->
                new Credential.KeyAuth(
                        id, secret(consumer, "key", conf.get("key").asString()));
            case "basic-auth" ->
                new Credential.BasicAuth(
                        id,
                        text(conf, "username"),
                        secret(consumer, "password", conf.get("password").asString()));
            case "hmac-auth" ->
                new Credential.HmacAuth(
                        id,
                        text(conf, "key_id"),
                        value(consumer, "secret_key", conf.get("secret_key").asString()));
            case "jwt-auth" ->
                new Credential.JwtAuth(
                        id,
                        text(conf, "key"),
                        value(
                                consumer,
                                "secret",
                                conf.path("secret")
                                        .asString(conf.path("public_key").asString(""))),
                        conf.path("algorithm").asString("HS256"),
                        conf.path("base64_secret").asBoolean(false),
                        conf.path("lifetime_grace_period").asLong(0));
            default -> throw new IllegalArgumentException(plugin);
        };
    }

    private CredentialText text(JsonNode conf, String field) {
        String text = conf.get(field).asString();
        CredentialText reference = reference(text);
        return reference == null ? it.name(text) : reference;
    }

    /** Returns a secret of which the digest is enough. */
    private CredentialText secret(String consumer, String field, String text) {
        CredentialText reference = stored(consumer, field, text);
        return reference == null ? it.text(text) : reference;
    }

    /** Returns a secret of which the value is needed. */
    private CredentialText value(String consumer, String field, String text) {
        CredentialText reference = stored(consumer, field, text);
        return reference == null ? it.value(text) : reference;
    }

    /** Returns a reference to a secret, which is stored if it is anna's; null for one that is not in a manager. */
    private @Nullable CredentialText stored(String consumer, String field, String text) {
        if (!consumer.equals("anna")) {
            return reference(text);
        }
        it.secrets.provider.put(consumer, "1", field, text);
        return new CredentialText.Referenced(ResolverFixture.reference(consumer + "/" + field));
    }

    private static @Nullable CredentialText reference(String text) {
        return SecretReference.isReference(text) ? new CredentialText.Referenced(SecretReference.parse(text)) : null;
    }
}
