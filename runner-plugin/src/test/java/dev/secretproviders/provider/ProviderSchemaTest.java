package dev.secretproviders.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.secretproviders.provider.aws.AwsProviderFactory;
import dev.secretproviders.provider.azure.AzureProviderFactory;
import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.provider.fake.FakeProviderFactory;
import dev.secretproviders.provider.file.FileProviderFactory;
import dev.secretproviders.provider.gcp.GcpProviderFactory;
import dev.secretproviders.provider.kubernetes.KubernetesProviderFactory;
import dev.secretproviders.provider.local.LocalProviderFactory;
import dev.secretproviders.provider.vault.VaultProviderFactory;
import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The schema of each manager matches what its factory reads. Forms, OpenAPI and masking come from the schema, providers
 * from the factory.
 */
final class ProviderSchemaTest {
    private static final String STRANGER = "stranger";
    private static final String KNOWN_HERE = STRANGER + ": is not a known field; known here: ";

    /**
     * A manager and valid objects of it. Together they make the factory read every field.
     *
     * @param objects the smallest ones
     */
    record Manager(ProviderFactory factory, List<Map<String, ?>> objects) {
        @Override
        public String toString() {
            return factory.manager();
        }

        List<Field> fields() {
            return CommonFields.all(factory.descriptor());
        }
    }

    static List<Manager> managers() {
        return List.of(
                new Manager(new EnvProviderFactory(), List.of(Map.of())),
                new Manager(new FakeProviderFactory(), List.of(Map.of("script", "/s.yaml"))),
                new Manager(new FileProviderFactory(), List.of(Map.of("directory", "/s"), Map.of("path", "/s.json"))),
                new Manager(
                        new VaultProviderFactory(),
                        List.of(
                                Map.of("uri", "https://v", "token", "t"),
                                Map.of("uri", "https://v", "auth", Map.of("token", "t")),
                                Map.of("uri", "https://v", "auth", Map.of("method", "approle", "role_id", "r")),
                                Map.of("uri", "https://v", "auth", Map.of("method", "kubernetes", "role", "r")),
                                Map.of("uri", "https://v", "auth", Map.of("method", "jwt", "jwt", "j")),
                                Map.of(
                                        "uri",
                                        "https://v",
                                        "auth",
                                        Map.of("method", "userpass", "username", "u", "password", "p")),
                                Map.of("uri", "https://v", "auth", Map.of("method", "aws")),
                                Map.of(
                                        "uri",
                                        "https://v",
                                        "auth",
                                        Map.of("method", "aws", "access_key_id", "i", "secret_access_key", "k")))),
                new Manager(
                        new AwsProviderFactory(),
                        List.of(Map.of(), Map.of("access_key_id", "i", "secret_access_key", "k"))),
                new Manager(
                        new GcpProviderFactory(),
                        List.of(
                                Map.of("project_id", "p"),
                                Map.of(
                                        "auth_config",
                                        Map.of("client_email", "e", "private_key", "k", "project_id", "p")))),
                new Manager(
                        new KubernetesProviderFactory(),
                        List.of(Map.of(), Map.of("apiserver_addr", "https://127.0.0.1:6443", "token", "t"))),
                new Manager(
                        new AzureProviderFactory(),
                        List.of(
                                Map.of("vault_uri", "https://v.example"),
                                Map.of(
                                        "vault_uri",
                                        "https://v.example",
                                        "auth",
                                        Map.of("method", "workload_identity", "tenant_id", "t", "client_id", "c")),
                                Map.of(
                                        "vault_uri",
                                        "https://v.example",
                                        "auth",
                                        Map.of(
                                                "method", "client_certificate",
                                                "tenant_id", "t",
                                                "client_id", "c",
                                                // Any file that can be read.
                                                "certificate_file", "pom.xml")),
                                Map.of(
                                        "vault_uri",
                                        "https://v.example",
                                        "auth",
                                        Map.of(
                                                "method", "client_secret",
                                                "tenant_id", "t",
                                                "client_id", "c",
                                                "client_secret", "s")))),
                new Manager(new LocalProviderFactory(new NoStore(), InstantSource.system()), List.of(Map.of())));
    }

    @Test
    void everyManagerIsLookedAt() {
        Set<String> factories = new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("dev.secretproviders")
                        .stream()
                        .filter(type -> type.isAssignableTo(ProviderFactory.class))
                        // A class that is not public stands in for a factory from a jar.
                        .filter(type -> !type.isInterface()
                                && type.getModifiers().contains(JavaModifier.PUBLIC)
                                && !type.getModifiers().contains(JavaModifier.ABSTRACT))
                        .map(JavaClass::getName)
                        .collect(Collectors.toSet());

        assertThat(managers().stream()
                        .map(manager -> manager.factory().getClass().getName()))
                .containsExactlyInAnyOrderElementsOf(factories);
    }

    @ParameterizedTest
    @MethodSource("managers")
    void noOtherFieldsAreRequired(Manager manager) {
        assertThat(manager.objects())
                .allSatisfy(object -> assertThat(problems(manager, object)).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("managers")
    void factoryReadsTheFieldsOfTheSchemaAndNoOthers(Manager manager) {
        Map<String, Set<String>> read = new LinkedHashMap<>();
        for (Map<String, ?> object : manager.objects()) {
            for (String problem : problems(manager, withStrangers(object, manager.fields()))) {
                int at = problem.indexOf(KNOWN_HERE);
                if (at >= 0) {
                    read.computeIfAbsent(problem.substring(0, at), section -> new TreeSet<>())
                            .addAll(Arrays.asList(
                                    problem.substring(at + KNOWN_HERE.length()).split(", ", -1)));
                }
            }
        }

        Map<String, Set<String>> described = new LinkedHashMap<>();
        describe(prefix(manager), manager.fields(), described);
        assertThat(read).isEqualTo(described);
    }

    @ParameterizedTest
    @MethodSource("managers")
    void requiredFieldsAreRequired(Manager manager) {
        for (Map<String, ?> object : manager.objects()) {
            for (Field field : manager.fields()) {
                if (field.required()) {
                    Map<String, Object> without = new LinkedHashMap<>(object);
                    without.remove(field.name());
                    assertThat(problems(manager, without)).contains(prefix(manager) + field.name() + ": is required");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("managers")
    void choicesAreThoseOfTheSchema(Manager manager) {
        forEachField(manager, (path, field) -> {
            if (!field.choices().isEmpty()) {
                assertThat(read(manager, path, "no-such-choice"))
                        .contains(prefix(manager) + String.join(".", path) + ": expected one of "
                                + String.join(", ", field.choices()));
                assertThat(field.choices())
                        .allSatisfy(choice -> assertThat(read(manager, path, choice))
                                .noneMatch(problem -> problem.contains("expected one of")));
                assertThat(field.fallback()).isEqualTo(field.choices().getFirst());
            }
        });
    }

    @ParameterizedTest
    @MethodSource("managers")
    void valuesAreOfTheTypeOfTheSchema(Manager manager) {
        forEachField(manager, (path, field) -> {
            String expected = switch (field.type()) {
                case URI -> "expected an address such as";
                case INTEGER -> "expected a whole number from";
                case FLAG -> "expected true or false";
                case DURATION -> "expected a duration such as";
                case SECTION -> "expected a section with fields";
                case LIST -> "expected a list";
                case TEXT, TEXTS, SECRET, FILE, TRUST_FILE -> null;
            };
            // Labels are the operator's own and may have any value.
            if (expected != null && !path.equals(List.of("labels"))) {
                assertThat(read(manager, path, "?"))
                        .anyMatch(problem ->
                                problem.startsWith(prefix(manager) + String.join(".", path) + ": " + expected));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("managers")
    void defaultsAreGoodValues(Manager manager) {
        forEachField(manager, (path, field) -> {
            Object fallback = field.fallback();
            if (fallback != null) {
                // A factory that does not read the field reports it as unknown.
                String about = prefix(manager) + String.join(".", path) + ":";
                assertThat(manager.objects())
                        .anySatisfy(object -> assertThat(problems(manager, with(object, path, fallback)))
                                .noneMatch(problem -> problem.startsWith(about)));
            }
        });
    }

    /**
     * A field that the schema does not mark as a secret is shown. One that is not read as a secret cannot be a
     * reference.
     */
    @ParameterizedTest
    @MethodSource("managers")
    void secretsAreReadAsSecrets(Manager manager) {
        forEachField(manager, (path, field) -> {
            List<String> problems = read(manager, path, "$secret://remote/other/path/field");
            String refused = prefix(manager) + String.join(".", path) + ": may refer to providers of ";
            if (field.type() == FieldType.SECRET) {
                assertThat(problems).anyMatch(problem -> problem.startsWith(refused));
            } else {
                assertThat(problems).noneMatch(problem -> problem.startsWith(refused));
            }
        });
    }

    @Test
    void commonDefaultsAreThoseOfThePolicy() {
        Map<String, Object> defaults = new LinkedHashMap<>();
        collectDefaults(CommonFields.ALL, defaults);
        Problems problems = new Problems();

        assertThat(ProviderPolicy.read(Settings.root(defaults, problems))).isEqualTo(ProviderPolicy.DEFAULT);
        assertThat(problems.lines()).isEmpty();
    }

    private static void collectDefaults(List<Field> fields, Map<String, Object> into) {
        for (Field field : fields) {
            Object fallback = field.fallback();
            if (fallback != null) {
                into.put(field.name(), fallback);
            } else if (field.type() == FieldType.SECTION && !field.fields().isEmpty()) {
                Map<String, Object> section = new LinkedHashMap<>();
                collectDefaults(field.fields(), section);
                into.put(field.name(), section);
            }
        }
    }

    /** Visits all fields, including those of sections. {@code AccessRulesTest} tests those of lists. */
    static void forEachField(Manager manager, BiConsumer<List<String>, Field> visitor) {
        visit(List.of(), manager.fields(), visitor);
    }

    private static void visit(List<String> above, List<Field> fields, BiConsumer<List<String>, Field> visitor) {
        for (Field field : fields) {
            List<String> path = new ArrayList<>(above);
            path.add(field.name());
            visitor.accept(path, field);
            if (field.type() == FieldType.SECTION) {
                visit(path, field.fields(), visitor);
            }
        }
    }

    /**
     * Returns the problems of the objects with this value in the field. A field counts as read if any object reads it.
     */
    private static List<String> read(Manager manager, List<String> path, Object value) {
        return manager.objects().stream()
                .flatMap(object -> problems(manager, with(object, path, value)).stream())
                .toList();
    }

    static Map<String, Object> with(Map<String, ?> object, List<String> path, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(object);
        if (path.size() == 1) {
            changed.put(path.getFirst(), value);
        } else {
            changed.put(path.getFirst(), with(section(object, path.getFirst()), path.subList(1, path.size()), value));
        }
        return changed;
    }

    private static Map<String, Object> withStrangers(Map<String, ?> object, List<Field> fields) {
        Map<String, Object> changed = new LinkedHashMap<>(object);
        changed.put(STRANGER, "x");
        for (Field field : fields) {
            if (!field.fields().isEmpty()) {
                Map<String, Object> section = withStrangers(section(object, field.name()), field.fields());
                changed.put(field.name(), field.type() == FieldType.LIST ? List.of(section) : section);
            }
        }
        return changed;
    }

    private static Map<String, Object> section(Map<String, ?> object, String name) {
        Map<String, Object> section = new LinkedHashMap<>();
        if (object.get(name) instanceof Map<?, ?> fields) {
            fields.forEach((key, value) -> section.put(key.toString(), value));
        }
        return section;
    }

    private static void describe(String prefix, List<Field> fields, Map<String, Set<String>> into) {
        into.put(prefix, fields.stream().map(Field::name).collect(Collectors.toCollection(TreeSet::new)));
        for (Field field : fields) {
            if (!field.fields().isEmpty()) {
                String item = field.type() == FieldType.LIST ? "[0]." : ".";
                describe(prefix + field.name() + item, field.fields(), into);
            }
        }
    }

    private static String prefix(Manager manager) {
        return "providers." + manager.factory().manager() + ".test.";
    }

    private static List<String> problems(Manager manager, Map<String, ?> object) {
        return TestProviders.problems(manager.factory(), object);
    }

    /** A store that fails on every call. Creating a provider does not use it. */
    private static final class NoStore implements Store {
        @Override
        public @Nullable Stored get(String key) {
            throw new AssertionError("asked for " + key);
        }

        @Override
        public Listing list(Range range) {
            throw new AssertionError("asked for " + range);
        }

        @Override
        public CommitResult commit(Transaction transaction) {
            throw new AssertionError("written to");
        }

        @Override
        public Watch watch(String prefix, long afterRevision, Watcher watcher) {
            throw new AssertionError("watched");
        }

        @Override
        public Status status() {
            return new Status("none", "nowhere", null);
        }

        @Override
        public void close() {}
    }
}
