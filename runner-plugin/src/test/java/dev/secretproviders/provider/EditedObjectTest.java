package dev.secretproviders.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.secretproviders.provider.ProviderSchemaTest.Manager;
import dev.secretproviders.provider.vault.VaultProviderFactory;
import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What an edit keeps of the previous object, which secrets and references it uses, and under which names. */
class EditedObjectTest {
    private static final ProviderId ID = new ProviderId("vault", "prod");
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final String CANARY = "hvs.canary-of-edited-object";
    private static final String REFERENCE = "$secret://local/platform/vault/token";
    private static final Descriptor VAULT = new VaultProviderFactory().descriptor();
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** A descriptor as a plugin's jar may have it: secrets and destinations in sections, in lists, and in nested lists. */
    private static final Descriptor PLUGGED = Descriptor.of(
            Field.section("at", "", Field.of("host", FieldType.TEXT, "").build())
                    .destination()
                    .build(),
            Field.of("apiKey", FieldType.SECRET, "").build(),
            Field.of("dsn", FieldType.SECRET, "").destination().build(),
            Field.list(
                            "logins",
                            "",
                            Field.of("user", FieldType.TEXT, "").build(),
                            Field.of("pass_word", FieldType.SECRET, "").build(),
                            Field.list(
                                            "more",
                                            "",
                                            Field.of("realm", FieldType.URI, "")
                                                    .destination()
                                                    .build(),
                                            Field.of("pin", FieldType.SECRET, "")
                                                    .build())
                                    .build())
                    .build());

    private static ObjectNode json(String text) {
        return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
    }

    private static ProviderObject stored(String text, Descriptor schema) {
        return new ProviderObject(ID, json(text), NOW, NOW, 7).canonical(schema);
    }

    private static EditedObject edit(@Nullable ProviderObject before, String after, Descriptor schema) {
        return EditedObject.of(ID, before, json(after), schema, NOW);
    }

    private static List<String> problems(@Nullable ProviderObject before, String after, Descriptor schema) {
        InvalidSettingsException refused =
                catchThrowableOfType(InvalidSettingsException.class, () -> edit(before, after, schema));
        return refused == null ? List.of() : refused.problems();
    }

    static Stream<Descriptor> schemas() {
        return Stream.concat(
                Stream.of(PLUGGED),
                ProviderSchemaTest.managers().stream().map(Manager::factory).map(ProviderFactory::descriptor));
    }

    /** Holds for every manager and for every spelling of the names in the stored object. */
    @ParameterizedTest
    @MethodSource("schemas")
    void writingBackWhatIsShownChangesNothingAndShowsNothing(Descriptor schema) {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            ObjectNode plain = object(CommonFields.all(schema), random);
            ObjectNode spelled = seed % 2 == 0 ? plain : respelled(plain, CommonFields.all(schema), random);
            ProviderObject before = new ProviderObject(ID, spelled, NOW, NOW, 7).canonical(schema);
            assertThat(before.fields()).as("seed " + seed).isEqualTo(plain);

            ObjectNode shown = before.masked(schema);
            EditedObject after = EditedObject.of(ID, before, shown, schema, NOW);

            assertThat(shown.toString()).as("seed " + seed).doesNotContain(CANARY);
            assertThat(after.object().fields()).as("seed " + seed).isEqualTo(plain);
            assertThat(after.references()).isEmpty();
        }
    }

    /** Fails if a new field decides where credentials are sent and is not marked as a destination. */
    @ParameterizedTest
    @MethodSource("dev.secretproviders.provider.ProviderSchemaTest#managers")
    void whatHasASayInWhereCredentialsGoIsADestination(Manager manager) {
        Set<String> forgotten = new TreeSet<>();
        visit("", CommonFields.all(manager.factory().descriptor()), (path, field) -> {
            boolean ofTls = path.startsWith("tls.")
                    && !Set.of("tls.cert_file", "tls.key_file").contains(path);
            boolean named = !path.equals("test_namespace")
                    && path.matches(".*(verify|namespace|tenant_id|region|mount|context|proxy|host|redirect).*");
            boolean leads = field.type() == FieldType.URI || ofTls || named;
            if (leads && !field.destination()) {
                forgotten.add(path);
            }
        });
        assertThat(forgotten).isEmpty();
    }

    @Test
    void maskKeepsTheSecretThatIsThere() {
        ProviderObject before = stored("{'uri': 'http://vault:8200', 'token': '" + CANARY + "'}", VAULT);

        EditedObject edited = edit(before, "{'uri': 'http://vault:8200', 'prefix': 'kv/new', 'token': '***'}", VAULT);

        assertThat(edited.object().fields().path("token").stringValue()).isEqualTo(CANARY);
    }

    @Test
    void maskThatStandsForNothingIsRefused() {
        assertThat(problems(null, "{'auth': {'secret_id': '***'}}", VAULT))
                .singleElement()
                .asString()
                .startsWith("auth.secret_id: is masked");
        assertThat(problems(stored("{'token': '***'}", VAULT), "{'token': '***'}", VAULT))
                .as("an earlier version may have stored the mask itself")
                .singleElement()
                .asString()
                .startsWith("token: is masked");
        assertThat(problems(null, "{'desc': '***', 'labels': {'a': '***'}, 'access': [{'paths': ['***']}]}", VAULT))
                .hasSize(3)
                .allMatch(problem -> problem.contains("is the mask '***', which is never stored"));
    }

    @Test
    void secretIsNotKeptWhenItWouldBeSentSomewhereElse() {
        ProviderObject before = stored("{'uri': 'http://vault:8200', 'token': '" + CANARY + "'}", VAULT);
        for (String moved : List.of(
                "{'uri': 'http://thief:8200', 'token': '***'}",
                "{'uri': 'http://vault:8200', 'namespace': 'mine', 'token': '***'}",
                "{'uri': 'http://vault:8200', 'tls': {'verify': false}, 'token': '***'}",
                "{'uri': 'http://vault:8200', 'tls': {'ca_file': '/mine'}, 'token': '***'}")) {
            assertThat(problems(before, moved, VAULT))
                    .singleElement()
                    .asString()
                    .startsWith("token: must be written again")
                    .doesNotContain(CANARY);
        }
        for (String written : List.of("hvs.new", CANARY)) {
            assertThat(problems(before, "{'uri': 'http://other:8200', 'token': '" + written + "'}", VAULT))
                    .as("the writer knows the secret")
                    .isEmpty();
        }
    }

    @Test
    void referencesThatAnEditPutsToUseAreNamed() {
        ProviderObject before = stored("{'uri': 'http://vault:8200', 'token': '" + REFERENCE + "'}", VAULT);

        assertThat(edit(before, "{'uri': 'http://vault:8200', 'token': '***', 'desc': 'x'}", VAULT)
                        .references())
                .isEmpty();
        assertThat(edit(before, "{'uri': 'http://thief:8200', 'token': '***'}", VAULT)
                        .references())
                .containsOnlyKeys("token");
        assertThat(edit(before, "{'uri': 'http://vault:8200', 'auth': {'token': '" + REFERENCE + "'}}", VAULT)
                        .references())
                .containsOnlyKeys("auth.token");
        assertThat(edit(null, "{'uri': 'http://vault:8200', 'token': '" + REFERENCE + "'}", VAULT)
                        .references())
                .containsOnlyKeys("token");
    }

    @Test
    void secretsInListsBelongToWhatStandsBesideThem() {
        ProviderObject before = stored(
                "{'logins': [{'user': 'a', 'pass_word': 'one', 'more': [{'realm': 'r', 'pin': 'p'}]},"
                        + " {'user': 'b', 'pass_word': 'two'}]}",
                PLUGGED);

        assertThat(edit(
                                before,
                                "{'logins': [{'user': 'a', 'pass_word': '***', 'more': [{'realm': 'r', 'pin': '***'}]},"
                                        + " {'user': 'b', 'pass_word': 'new'}]}",
                                PLUGGED)
                        .object()
                        .fields()
                        .at("/logins/0/more/0/pin")
                        .stringValue())
                .isEqualTo("p");
        assertThat(problems(before, "{'logins': [{'user': 'b', 'pass_word': '***'}]}", PLUGGED))
                .singleElement()
                .asString()
                .startsWith("logins[0].pass_word: is masked");
        assertThat(problems(
                        before,
                        "{'logins': [{'user': 'a', 'pass_word': '***', 'more': [{'realm': 'r', 'pin': '***'}]},"
                                + " {'user': 'b', 'pass_word': '***', 'more': [{'realm': 'thief'}]}]}",
                        PLUGGED))
                .contains("logins[1].pass_word: is masked, and there is no secret to keep; write the secret");
    }

    @Test
    void destinationsOfPluggedManagersCountInSectionsAndSecretsToo() {
        ProviderObject before = stored("{'at': {'host': 'a'}, 'apiKey': 'k', 'dsn': 'd'}", PLUGGED);

        assertThat(problems(before, "{'at': {'host': 'a'}, 'apiKey': '***', 'dsn': '***'}", PLUGGED))
                .isEmpty();
        assertThat(problems(before, "{'at': {'host': 'b'}, 'apiKey': '***', 'dsn': 'd'}", PLUGGED))
                .hasSize(1);
        assertThat(problems(before, "{'at': {'host': 'a'}, 'apiKey': '***', 'dsn': 'e'}", PLUGGED))
                .hasSize(1);
    }

    @Test
    void namesAreThoseOfTheSchemaWhateverItSays() {
        assertThat(problems(null, "{'api_key': 'k', 'LOGINS': [{'password': 'p', 'More': []}]}", PLUGGED))
                .containsExactly(
                        "api_key: write it as apiKey",
                        "LOGINS: write it as logins",
                        "logins[0].password: write it as logins[0].pass_word",
                        "logins[0].More: write it as logins[0].more");
        assertThat(problems(null, "{'apiKey': 'k', 'API-KEY': 'l'}", PLUGGED))
                .containsExactly("API-KEY: is the same field as apiKey");
        assertThat(problems(null, "{'logins': {'0': {'user': 'a'}}}", PLUGGED))
                .containsExactly("logins: expected a list");
        assertThat(problems(null, "{'apiKey': 'k', 'at': {'port': 1}, 'gone': null}", PLUGGED))
                .as("a factory that reads more than its schema says takes it from the configuration file only")
                .containsExactly("at.port: is not a known field; known here: host");
    }

    /** JSON writes 007 as 7, and a long number loses digits. */
    @Test
    void numberIsNoText() {
        assertThat(problems(null, "{'apiKey': 7, 'at': {'host': true}, 'logins': [{'pass_word': 1}]}", PLUGGED))
                .containsExactly(
                        "apiKey: expected a text; write the value in quotes",
                        "at.host: expected a text; write the value in quotes",
                        "logins[0].pass_word: expected a text; write the value in quotes");
        assertThat(problems(null, "{'prefix': 1, 'access': [], 'budget': {'fetches_per_minute': 60}}", VAULT))
                .containsExactly("prefix: expected a text; write the value in quotes");
    }

    /** Such an object cannot be stored. If it were, both fields would be masked or known, and reading it would fail. */
    @Test
    void twoSpellingsOfOneFieldAreBothHidden() {
        ProviderObject object = stored("{'token': '" + CANARY + "', 'To-Ken': '" + CANARY + "'}", VAULT);

        assertThat(object.masked(VAULT).toString()).isEqualTo("{\"token\":\"***\",\"To-Ken\":\"***\"}");
    }

    private static ObjectNode object(List<Field> fields, Random random) {
        ObjectNode object = JSON.createObjectNode();
        for (Field field : fields) {
            if (random.nextInt(4) > 0) {
                object.set(field.name(), value(field, random));
            }
        }
        return object;
    }

    private static JsonNode value(Field field, Random random) {
        String text = "text-" + random.nextInt(1_000);
        return switch (field.type()) {
            case SECRET ->
                JSON.valueToTree(
                        switch (random.nextInt(4)) {
                            case 0 -> "$secret://local/own/" + text + "/key";
                            case 1 -> "$env://NAME_" + random.nextInt(9);
                            default -> CANARY + text;
                        });
            case INTEGER -> JSON.valueToTree(random.nextInt());
            case FLAG -> JSON.valueToTree(random.nextBoolean());
            case TEXTS -> JSON.valueToTree(List.of(text, "x"));
            case SECTION ->
                field.fields().isEmpty()
                        ? json("{'Some-Name': 'x', 'some_name': 'y'}")
                        : object(field.fields(), random);
            case LIST -> {
                ArrayNode list = JSON.createArrayNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.add(object(field.fields(), random));
                }
                yield list;
            }
            default -> JSON.valueToTree(text);
        };
    }

    /** Returns the object as an earlier version could store it, which accepted every spelling. */
    private static ObjectNode respelled(ObjectNode object, List<Field> fields, Random random) {
        ObjectNode copy = JSON.createObjectNode();
        for (Field field : fields) {
            JsonNode value = object.path(field.name());
            if (value.isMissingNode()) {
                continue;
            }
            String name = respelled(field.name(), random);
            if (value instanceof ArrayNode list && field.type() == FieldType.LIST) {
                if (random.nextBoolean()) {
                    ArrayNode items = copy.putArray(name);
                    list.forEach(item -> items.add(respelled((ObjectNode) item, field.fields(), random)));
                } else {
                    ObjectNode items = copy.putObject(name);
                    for (int i = 0; i < list.size(); i++) {
                        items.set(Integer.toString(i), respelled((ObjectNode) list.get(i), field.fields(), random));
                    }
                }
            } else {
                copy.set(
                        name,
                        value instanceof ObjectNode section && !field.fields().isEmpty()
                                ? respelled(section, field.fields(), random)
                                : value);
            }
        }
        return copy;
    }

    private static String respelled(String name, Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> name.replace('_', '-').toUpperCase(Locale.ROOT);
            case 1 -> name.replace("_", "");
            case 2 -> "_" + name;
            default -> name;
        };
    }

    private interface Visitor {
        void visit(String path, Field field);
    }

    private static void visit(String above, List<Field> fields, Visitor visitor) {
        for (Field field : new ArrayList<>(fields)) {
            visitor.visit(above + field.name(), field);
            visit(above + field.name() + ".", field.fields(), visitor);
        }
    }
}
