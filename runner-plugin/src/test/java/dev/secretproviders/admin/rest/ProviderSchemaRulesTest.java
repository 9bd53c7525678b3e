package dev.secretproviders.admin.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.provider.vault.VaultProviderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the JSON schema of a manager says of fields that need or exclude each other. */
final class ProviderSchemaRulesTest {
    private static final JsonNode SCHEMA = ProviderSchema.of(new VaultProviderFactory());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'uri': 'https://v', 'token': 't'}",
                "{'uri': 'https://v', 'auth': {'token': 't'}}",
                "{'uri': 'https://v', 'auth': {'method': 'token', 'token': 't'}}",
                "{'uri': 'https://v', 'auth': {'method': 'approle', 'role_id': 'r', 'secret_id': 's'}}",
                "{'uri': 'https://v', 'auth': {'method': 'kubernetes', 'role': 'r'}}",
                "{'uri': 'https://v', 'auth': {'method': 'jwt', 'jwt': 'j'}}",
                "{'uri': 'https://v', 'auth': {'method': 'userpass', 'username': 'u', 'password': 'p'}}",
                "{'uri': 'https://v', 'auth': {'method': 'aws', 'access_key_id': 'i', 'secret_access_key': 'k'}}",
                "{'uri': 'https://v', 'token': 't', 'tls': {'cert_file': 'c', 'key_file': 'k'}}"
            })
    void objectThatWorksFits(String object) {
        assertThat(fits(SCHEMA, Json.parsed(object))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'token': 't'}",
                "{'uri': 'https://v', 'token': 't', 'auth': {'token': 't'}}",
                "{'uri': 'https://v', 'auth': {'method': 'approle'}}",
                "{'uri': 'https://v', 'auth': {'role_id': 'r', 'token': 't'}}",
                "{'uri': 'https://v', 'auth': {'method': 'jwt', 'jwt': 'j', 'jwt_file': 'f'}}",
                "{'uri': 'https://v', 'auth': {'method': 'aws', 'access_key_id': 'i'}}",
                "{'uri': 'https://v', 'token': 't', 'tls': {'cert_file': 'c'}}"
            })
    void objectThatContradictsItselfDoesNot(String object) {
        assertThat(fits(SCHEMA, Json.parsed(object))).isFalse();
    }

    @Test
    void fieldsAreDescribedForForms() {
        JsonNode properties = SCHEMA.path("properties");

        assertThat(properties.at("/kv_version/title").asString()).isEqualTo("KV version");
        assertThat(properties.at("/uri/examples/0").asString()).isEqualTo("https://vault.example:8200");
        assertThat(properties.at("/uri/x-destination").asBoolean()).isTrue();
        assertThat(properties.at("/timeout/x-maximum").asString()).isEqualTo("1m");
        assertThat(properties.at("/max_concurrency/maximum").asInt()).isEqualTo(1_000);
    }

    /** As much of JSON Schema as the rules take. */
    private static boolean fits(JsonNode schema, JsonNode value) {
        boolean required = schema.path("required").valueStream().allMatch(name -> value.has(name.asString()));
        boolean properties = schema.path("properties").properties().stream()
                .allMatch(property ->
                        !value.has(property.getKey()) || fits(property.getValue(), value.path(property.getKey())));
        boolean chosen =
                !schema.has("enum") || schema.path("enum").valueStream().anyMatch(value::equals);
        boolean all = schema.path("allOf").valueStream().allMatch(rule -> fits(rule, value));
        boolean not = !schema.has("not") || !fits(schema.path("not"), value);
        boolean then = !schema.has("if") || !fits(schema.path("if"), value) || fits(schema.path("then"), value);
        return required && properties && chosen && all && not && then;
    }
}
