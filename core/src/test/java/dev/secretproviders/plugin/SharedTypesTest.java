package dev.secretproviders.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.spi.Secret;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A jar sees the SPI, its own libraries and the JDK, and nothing else of the runner. */
class SharedTypesTest {
    /** The build copies them here. */
    private static final Path OTHER_JACKSON = Path.of("../core/target/other-jackson");

    @TempDir
    private Path directory;

    private final Problems problems = new Problems();

    @Test
    void anotherJackson3WorksInAJar() throws Exception {
        assertThat(tools.jackson.databind.cfg.PackageVersion.VERSION.toString()).isNotEqualTo("3.3.0");

        assertThat(saidBy("""
                import tools.jackson.databind.json.JsonMapper;
                public class Plugged implements java.util.function.Supplier<String> {
                    public String get() {
                        JsonMapper mapper = JsonMapper.builder().build();
                        return tools.jackson.databind.cfg.PackageVersion.VERSION + " "
                            + mapper.readTree("{\\"a\\": 1}").path("a").asInt();
                    }
                }
                """, jackson("jackson-databind-3", "jackson-core-3", "jackson-annotations-2")))
                .isEqualTo("3.3.0 1");
    }

    @Test
    void jackson2WorksInAJar() throws Exception {
        assertThat(saidBy("""
                import com.fasterxml.jackson.databind.ObjectMapper;
                public class Plugged implements java.util.function.Supplier<String> {
                    public String get() {
                        try {
                            ObjectMapper mapper = new ObjectMapper();
                            return mapper.version() + " " + mapper.readTree("{\\"a\\": 1}").path("a").asInt();
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    }
                }
                """, jackson("jackson-databind-2", "jackson-core-2", "jackson-annotations-2")))
                .isEqualTo("2.22.4 1");
    }

    @Test
    void classesOfTheRunnerAreHidden() throws Exception {
        assertThat(seenOf(
                        "dev.secretproviders.plugin.PluginJars",
                        "dev.secretproviders.provider.ProviderRegistry",
                        "dev.secretproviders.provider.shared.SecretJson",
                        "dev.secretproviders.crypto.MasterKeyring",
                        "dev.secretproviders.spi.testkit.ProviderContract",
                        "tools.jackson.databind.ObjectMapper",
                        "com.github.benmanes.caffeine.cache.Caffeine",
                        "io.netty.handler.ssl.SslContext",
                        "io.etcd.jetcd.Client",
                        "org.h2.mvstore.MVStore",
                        "ch.qos.logback.classic.Logger",
                        "org.springframework.util.StringUtils"))
                .isEmpty();
    }

    @Test
    void theSpiItsAnnotationsLoggingAndTheJdkAreShared() throws Exception {
        String[] shared = {
            "dev.secretproviders.spi.SecretProvider",
            "org.jspecify.annotations.Nullable",
            "org.slf4j.LoggerFactory",
            "org.slf4j.event.Level",
            "java.net.http.HttpClient",
            "java.sql.Driver"
        };

        assertThat(seenOf(shared)).containsExactlyInAnyOrder(shared);
    }

    @Test
    void resourcesOfTheRunnerAreHidden() throws Exception {
        assertThat(saidBy("""
                public class Plugged implements java.util.function.Supplier<String> {
                    public String get() {
                        ClassLoader loader = getClass().getClassLoader();
                        return loader.getResource("META-INF/services/java.util.function.Supplier") != null
                            ? loader.resources("META-INF/maven/com.github.ben-manes.caffeine/caffeine/pom.xml").count()
                                + loader.resources("dev/secretproviders/plugin/PluginJars.class").count()
                                + loader.resources("org/slf4j/LoggerFactory.class").count() + " found"
                            : "its own are hidden, too";
                    }
                }
                """, List.of())).isEqualTo("0 found");
    }

    /** Two copies of the SPI in one process would not fit together. */
    @Test
    void theRunnersSpiIsUsedAlsoIfTheJarBringsOne() throws Exception {
        Path copy = directory.resolve("spi.jar");
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(copy));
                InputStream secret = Objects.requireNonNull(Secret.class.getResourceAsStream("Secret.class"))) {
            jar.putNextEntry(new JarEntry("dev/secretproviders/spi/Secret.class"));
            secret.transferTo(jar);
        }

        assertThat(saidBy("""
                import dev.secretproviders.spi.Secret;
                public class Plugged implements java.util.function.Supplier<String> {
                    public String get() {
                        return Secret.class.getClassLoader() == getClass().getClassLoader() ? "the jar's" : "the runner's";
                    }
                }
                """, List.of(copy))).isEqualTo("the runner's");
    }

    private Set<String> seenOf(String... names) throws IOException {
        String said = saidBy("""
                public class Plugged implements java.util.function.Supplier<String> {
                    public String get() {
                        StringBuilder seen = new StringBuilder();
                        for (String name : "%s".split(" ")) {
                            try {
                                seen.append(Class.forName(name).getName()).append(' ');
                            } catch (ClassNotFoundException e) {
                                // Hidden.
                            }
                        }
                        return seen.toString().strip();
                    }
                }
                """.formatted(String.join(" ", names)), List.of());
        return said.isEmpty() ? Set.of() : Set.of(said.split(" "));
    }

    private static List<Path> jackson(String... prefixes) throws IOException {
        try (Stream<Path> jars = Files.list(OTHER_JACKSON)) {
            List<Path> found = jars.filter(jar ->
                            Stream.of(prefixes).anyMatch(jar.getFileName().toString()::startsWith))
                    .toList();
            assertThat(found).hasSize(prefixes.length);
            return found;
        }
    }

    /** Compiles a class named Plugged, packs it with the libraries into one jar, and returns what it says. */
    private String saidBy(String source, List<Path> libraries) throws IOException {
        Path plugins = Files.createDirectory(directory.resolve("plugins"));
        Path work = Files.createDirectory(directory.resolve("compiled"));
        List<Path> classPath = new ArrayList<>(libraries);
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .forEach(classPath::add);
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int result = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        new PrintStream(errors, true, StandardCharsets.UTF_8),
                        "-proc:none",
                        "-cp",
                        classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)),
                        "-d",
                        work.toString(),
                        Files.writeString(directory.resolve("Plugged.java"), source)
                                .toString());
        assertThat(result).as(errors.toString(StandardCharsets.UTF_8)).isZero();
        pack(plugins.resolve("plugged.jar"), work.resolve("Plugged.class"), libraries);

        List<String> said = new ArrayList<>();
        try (PluginJars jars = PluginJars.open(plugins, Set.of(Supplier.class), problems)) {
            jars.usable().getFirst().forEach(Supplier.class, plugged -> said.add(String.valueOf(plugged.get())));
        }
        assertThat(problems.lines()).isEmpty();
        return said.getFirst();
    }

    private static void pack(Path to, Path compiled, List<Path> libraries) throws IOException {
        Set<String> written = new HashSet<>();
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(to))) {
            jar.putNextEntry(new JarEntry("Plugged.class"));
            Files.copy(compiled, jar);
            jar.putNextEntry(new JarEntry("META-INF/services/" + Supplier.class.getName()));
            jar.write("Plugged\n".getBytes(StandardCharsets.UTF_8));
            for (Path library : libraries) {
                try (JarFile entries = new JarFile(library.toFile())) {
                    for (Enumeration<JarEntry> all = entries.entries(); all.hasMoreElements(); ) {
                        JarEntry entry = all.nextElement();
                        if (written.add(entry.getName())) {
                            jar.putNextEntry(new JarEntry(entry.getName()));
                            entries.getInputStream(entry).transferTo(jar);
                        }
                    }
                }
            }
        }
    }
}
