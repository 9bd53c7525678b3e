package dev.secretproviders.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.plugin.PluginJars;
import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Managers that a user puts into plugins/ as jars, valid and broken ones. */
final class PluggedFactoriesTest {
    private static final List<ProviderFactory> BUILT_IN = List.of(new EnvProviderFactory(Map.of("A", "a")));
    private static final String GOOD = """
        static final Field VALUE = Field.of("value", FieldType.TEXT, "What all secrets are.").required().build();
        public String manager() { return "%s"; }
        public Descriptor descriptor() {
            return Descriptor.of(VALUE);
        }
        public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
            String value = values.text(VALUE);
            return new SecretProvider() {
                public ProviderId id() { return id; }
                public List<SecretAddress> addresses(SecretReference reference) {
                    return List.of(new SecretAddress(SecretPath.current(reference.path()), null));
                }
                public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests) {
                    Map<SecretPath, FetchResult> results = new HashMap<>();
                    for (FetchRequest request : requests) {
                        results.put(request.path(), new FetchResult.Found(SecretVersion.of(
                                "1", null, SecretContent.ofWhole(Secret.ofUtf8(value)))));
                    }
                    return results;
                }
                public void close() {}
            };
        }
        """;

    @TempDir
    private Path directory;

    private final Problems jarProblems = new Problems();
    private final Problems problems = new Problems();

    @Test
    void jarWithNothingButAFactoryBringsAManager() throws Exception {
        jar("one.jar", "One", GOOD.formatted("one"));

        try (PluginJars jars = open();
                ProviderRegistry registry = read(
                        jars,
                        Map.of("one", Map.of("prod", Map.of("value", "hunter2", "cache", Map.of("ttl", "5s")))))) {
            assertThat(jarProblems.lines()).isEmpty();
            assertThat(problems.lines()).isEmpty();
            assertThat(ProviderContract.value(provider(registry, "one"), "$secret://one/prod/jack"))
                    .isEqualTo("hunter2");
        }
    }

    /** Libraries look for their parts there. */
    @Test
    void contextClassLoaderIsTheJarsWhileItsProviderIsMadeAndAsked() throws Exception {
        String seen = "(Thread.currentThread().getContextClassLoader() == One.class.getClassLoader())";
        jar(
                "one.jar",
                "One",
                GOOD.formatted("one")
                        .replace("values.text(VALUE)", "values.text(VALUE) + " + seen)
                        .replace("ofUtf8(value)", "ofUtf8(value + " + seen + ")"));
        ClassLoader before = Thread.currentThread().getContextClassLoader();

        try (PluginJars jars = open();
                ProviderRegistry registry = read(jars, Map.of("one", Map.of("prod", Map.of("value", "seen:"))))) {
            assertThat(ProviderContract.value(provider(registry, "one"), "$secret://one/prod/jack"))
                    .isEqualTo("seen:truetrue");
        }
        assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
    }

    @Test
    void fieldsAreCheckedAsThoseOfTheRunnersOwnManagers() throws Exception {
        jar("one.jar", "One", GOOD.formatted("one"));

        try (PluginJars jars = open();
                ProviderRegistry _ = read(jars, Map.of("one", Map.of("prod", Map.of("colour", "red"))))) {
            assertThat(problems.lines())
                    .containsExactlyInAnyOrder(
                            "providers.one.prod.value: is required",
                            "providers.one.prod.colour: is not a known field; known here: access, budget, cache, desc,"
                                    + " inject, labels, max_concurrency, rotation, timeout, value");
        }
    }

    /** Two jars may contain classes of the same name, such as two versions of a library. */
    @Test
    void jarsDoNotSeeEachOther() throws Exception {
        jar("one.jar", "Same", GOOD.formatted("one"));
        jar("two.jar", "Same", GOOD.formatted("two"));

        try (PluginJars jars = open()) {
            assertThat(PluggedFactories.load(jars, BUILT_IN))
                    .extracting(ProviderFactory::manager)
                    .containsExactly("one", "two");
            assertThat(jarProblems.lines()).isEmpty();
        }
    }

    @Test
    void jarThatCannotBeUsedIsRefusedAndTheOthersWork() throws Exception {
        Files.writeString(plugins().resolve("a-broken.jar"), "no zip");
        jar("b-good.jar", "Good", GOOD.formatted("good"));
        jar("c-clash.jar", "Clash", GOOD.formatted("good"));
        jar("d-built-in.jar", "BuiltIn", GOOD.formatted("env"));
        jar("e-name.jar", "Name", GOOD.formatted("Not A Name"));
        jar("f-throws.jar", "Throws", GOOD.replace("return \"%s\"", "throw new AssertionError(\"f\")"));
        jar(
                "g-static.jar",
                "Static",
                "static { if (true) throw new IllegalStateException(\"g\"); }" + GOOD.formatted("g"));
        jar("h-null.jar", "Null", GOOD.replace("return \"%s\"", "return null"));
        jar("i-common.jar", "Common", GOOD.formatted("i").replace("\"value\", Field", "\"timeout\", Field"));
        jar("j-gone.jar", "Gone", GOOD.formatted("j"), "NoSuchClass");
        jar("j-section.jar", "Section", GOOD.formatted("destinations"));
        jar("j-tls.jar", "Tls", GOOD.formatted("j").replace("\"value\", Field", "\"tls\", Field"));
        jar(
                "j-list.jar",
                "Files",
                GOOD.formatted("j")
                        .replace(
                                "Field.of(\"value\", FieldType.TEXT, \"What all secrets are.\").required().build()",
                                "Field.list(\"all\", \"All.\", Field.of(\"one\", FieldType.FILE,"
                                        + " \"One.\").build()).build()"));
        jar(
                "j-waits.jar",
                "Waits",
                GOOD.formatted("j").replace("FieldType.TEXT", "FieldType.SECRET")
                        + "public Set<Capability> capabilities() { return Set.of(Capability.HOLDS_CREDENTIALS); }");
        jar("k-last.jar", "Last", GOOD.formatted("last"));
        jar("l-reserved.jar", "Reserved", GOOD.formatted("references"));
        jar("m-spelled.jar", "Spelled", GOOD.formatted("m").replace("\"value\", Field", "\"Max-Concurrency\", Field"));

        try (PluginJars jars = open()) {
            assertThat(PluggedFactories.load(jars, BUILT_IN))
                    .extracting(ProviderFactory::manager)
                    .containsExactly("good", "last");
            assertThat(jars.usable())
                    .extracting(jar -> jar.path().getFileName().toString())
                    .containsExactly("b-good.jar", "k-last.jar");
        }
        assertThat(jarProblems.lines()).hasSize(15);
        assertThat(String.join("\n", jarProblems.lines()))
                .contains("a-broken.jar: is no readable jar")
                .containsPattern("c-clash.jar: Clash: the manager good is taken by .*b-good.jar: give it another name")
                .contains("d-built-in.jar: BuiltIn: the manager env is taken by the runner itself")
                .contains("e-name.jar: Name.manager(): a manager's name is lower-case letters")
                .contains("f-throws.jar: a ProviderFactory that it names cannot be made: java.lang.AssertionError: f")
                .contains("g-static.jar: a ProviderFactory that it names cannot be made")
                .contains("h-null.jar: a ProviderFactory that it names cannot be made")
                .contains("i-common.jar: Common.descriptor(): the field timeout is there twice, or is one of those that"
                        + " all")
                .contains("j-section.jar: Section: the name destinations has another meaning in the section providers")
                .contains("j-list.jar: Files.descriptor(): a list in all holds files")
                .contains("j-tls.jar: Tls.descriptor(): the field tls has to be a section")
                .contains("j-waits.jar: Waits.capabilities(): a manager with a field of type SECRET cannot hold"
                        + " credentials")
                .contains("j-gone.jar: a ProviderFactory that it names cannot be made")
                .contains("l-reserved.jar: Reserved: the name references has another meaning in the section providers")
                .contains(
                        "m-spelled.jar: Spelled.descriptor(): the field Max-Concurrency is there twice, or is one of");
    }

    /** The gateway keeps running; references to the provider are refused with the reason. */
    @Test
    void factoryThatFailsToMakeAProviderCostsThatProviderOnly() throws Exception {
        jar(
                "bad.jar",
                "Bad",
                GOOD.formatted("bad")
                        .replace(
                                "String value = values.text(VALUE);",
                                "String value = values.text(VALUE); if (true) throw new"
                                        + " LinkageError(\"canary\");"));
        jar(
                "odd.jar",
                "Odd",
                GOOD.formatted("odd").replace("return id;", "return new ProviderId(\"odd\", \"other\");"));

        try (PluginJars jars = open();
                ProviderRegistry registry = read(
                        jars,
                        Map.of(
                                "bad", Map.of("prod", Map.of("value", "canary", "more", "x")),
                                "odd", Map.of("prod", Map.of("value", "v"))))) {
            assertThat(problems.lines()).isEmpty();
            assertThat(ProviderContract.value(
                            Objects.requireNonNull(registry.get(ProviderId.ENVIRONMENT))
                                    .provider(),
                            "$env://A"))
                    .isEqualTo("a");
            for (String manager : List.of("bad", "odd")) {
                assertThatThrownBy(() -> ProviderContract.value(
                                provider(registry, manager), "$secret://" + manager + "/prod/jack"))
                        .isInstanceOfSatisfying(ProviderException.class, e -> {
                            assertThat(e.kind()).isEqualTo(Kind.CONFIGURATION);
                            assertThat(e)
                                    .hasMessageContaining("the factory of the manager '" + manager + "' failed with")
                                    .hasMessageNotContaining("canary");
                        });
            }
            assertThatThrownBy(() -> registry.prepare(new ProviderId("bad", "new"), Map.of("value", "canary")))
                    .isInstanceOf(InvalidSettingsException.class)
                    .hasMessageContaining("failed with java.lang.LinkageError")
                    .hasMessageNotContaining("canary");
        }
    }

    private Path plugins() throws IOException {
        return Files.createDirectories(directory.resolve("plugins"));
    }

    private PluginJars open() throws IOException {
        return PluginJars.open(plugins(), Set.of(ProviderFactory.class), jarProblems);
    }

    private ProviderRegistry read(PluginJars jars, Map<String, ?> providers) {
        Settings root = Settings.root(Map.of("providers", providers), problems);
        ProviderRegistry registry = ProviderRegistry.read(
                root.section("providers"),
                Stream.concat(BUILT_IN.stream(), PluggedFactories.load(jars, BUILT_IN).stream())
                        .toList());
        root.finish();
        return registry;
    }

    private static SecretProvider provider(ProviderRegistry registry, String manager) {
        return Objects.requireNonNull(registry.get(new ProviderId(manager, "prod")))
                .provider();
    }

    private void jar(String file, String className, String body) throws IOException {
        jar(file, className, body, className);
    }

    /** Compiles a factory and packs it with a file that names {@code named}. */
    private void jar(String file, String className, String body, String named) throws IOException {
        Path work = Files.createTempDirectory(directory, "compile");
        Path source = Files.writeString(work.resolve(className + ".java"), """
            import dev.secretproviders.spi.*;
            import java.time.Duration;
            import java.util.*;
            public class %s implements ProviderFactory {
            %s
            }
            """.formatted(className, body));
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int result = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        new PrintStream(errors, true, StandardCharsets.UTF_8),
                        "-proc:none",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        work.toString(),
                        source.toString());
        assertThat(result).as(errors.toString(StandardCharsets.UTF_8)).isZero();
        try (JarOutputStream jar =
                        new JarOutputStream(Files.newOutputStream(plugins().resolve(file)));
                Stream<Path> classes = Files.list(work)) {
            for (Path compiled :
                    classes.filter(path -> path.toString().endsWith(".class")).toList()) {
                jar.putNextEntry(new JarEntry(compiled.getFileName().toString()));
                Files.copy(compiled, jar);
            }
            jar.putNextEntry(new JarEntry("META-INF/services/" + ProviderFactory.class.getName()));
            jar.write((named + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
