package dev.secretproviders.transport.hosted;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.plugin.PluginJars;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.transport.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jars that a user puts into plugins/ are loaded, or refused with a remedy. */
final class PluginLoaderTest {
    private static final String SERVICES = "META-INF/services/" + PluginFilter.class.getName();

    @TempDir
    private Path directory;

    private final Problems problems = new Problems();

    private Path plugins() throws IOException {
        return Files.createDirectories(directory.resolve("plugins"));
    }

    private PluginJars open() throws IOException {
        return PluginJars.open(plugins(), Set.of(PluginFilter.class), problems);
    }

    private static List<PluginFilter> load(PluginJars jars) {
        return PluginLoader.load(jars, List.of(TestServer.KEYS));
    }

    /** Compiles a filter of this name and packs it into a jar. */
    private void jar(String file, String className, String filterName, @Nullable String services) throws IOException {
        Path work = Files.createTempDirectory(directory, "compile");
        Path source = Files.writeString(work.resolve(className + ".java"), """
                import org.apache.apisix.plugin.runner.*;
                import org.apache.apisix.plugin.runner.filter.*;
                public class %s implements PluginFilter {
                    public String name() { return %s; }
                    public void filter(HttpRequest request, HttpResponse response, PluginFilterChain chain) {
                        request.setHeader("X-From", "%s");
                        chain.filter(request, response);
                    }
                }
                """.formatted(className, filterName, file));
        int result = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-proc:none",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        work.toString(),
                        source.toString());
        assertThat(result).isZero();
        try (JarOutputStream jar =
                new JarOutputStream(Files.newOutputStream(plugins().resolve(file)))) {
            jar.putNextEntry(new JarEntry(className + ".class"));
            Files.copy(work.resolve(className + ".class"), jar);
            if (services != null) {
                jar.putNextEntry(new JarEntry(SERVICES));
                jar.write(services.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    @Test
    void filtersOfAllJarsRunInARoute() throws IOException {
        jar("one.jar", "One", "\"one\"", "One\n");
        jar("two.jar", "One", "\"two\"", "# ours\nOne\n");

        try (PluginJars jars = open()) {
            List<PluginFilter> filters = load(jars);
            assertThat(problems.lines()).isEmpty();
            assertThat(filters).extracting(PluginFilter::name).containsExactly("one", "two");
            try (TestServer server = TestServer.start(filters.toArray(PluginFilter[]::new));
                    RunnerClient gateway = server.gateway()) {
                assertThat(gateway.call(GatewayRequest.get("/"), RouteConf.of("1", "two", "")))
                        .isInstanceOfSatisfying(
                                Outcome.Continue.class,
                                go -> assertThat(go.upstream().header("X-From")).contains("two.jar"));
            }
        }
    }

    @Test
    void directoryThatDoesNotExistHoldsNone() throws IOException {
        try (PluginJars jars = PluginJars.open(directory.resolve("absent"), Set.of(PluginFilter.class), problems)) {
            assertThat(load(jars)).isEmpty();
            assertThat(problems.lines()).isEmpty();
        }
    }

    @Test
    void jarWithoutServicesFileIsToldWhichFileToAdd() throws IOException {
        jar("plain.jar", "One", "\"one\"", null);
        open().close();
        assertThat(problems.lines())
                .singleElement()
                .asString()
                .contains("plain.jar: ")
                .contains("META-INF/services/org.apache.apisix.plugin.runner.filter.PluginFilter");
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() throws IOException {
        Files.writeString(plugins().resolve("a-broken.jar"), "no zip");
        jar("b-first.jar", "One", "\"same\"", "One\n");
        jar("c-second.jar", "One", "\"same\"", "One\n");
        jar("d-reserved.jar", "One", "\"keys\"", "One\n");
        jar("e-missing.jar", "One", "\"e\"", "Gone\n");
        jar("f-nameless.jar", "One", "null", "One\n");
        jar("g-failing.jar", "One", "String.valueOf(1 / 0)", "One\n");
        jar("h-empty.jar", "One", "\"h\"", "# nothing\n");

        try (PluginJars jars = open()) {
            assertThat(load(jars)).extracting(PluginFilter::name).containsExactly("same");
        }
        assertThat(problems.lines()).hasSize(7);
        assertThat(String.join("\n", problems.lines()))
                .contains("a-broken.jar: is no readable jar")
                .contains("c-second.jar: the filter name same is taken by")
                .contains("d-reserved.jar: the filter name keys is taken by the runner itself")
                .contains("e-missing.jar: a PluginFilter that it names cannot be made")
                .contains("f-nameless.jar: One has no name")
                .contains("g-failing.jar: a PluginFilter that it names cannot be made")
                .contains("h-empty.jar: the file META-INF/services");
    }
}
