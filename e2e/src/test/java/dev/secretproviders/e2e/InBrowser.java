package dev.secretproviders.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests the dashboard with real peers ({@link DashboardServer}) and a browser ({@link Chromium}), as parameters of
 * their constructor. Both are started for the first test that wants them and shared by all classes, since a start takes
 * some ten seconds. So a test leaves what {@link DashboardServer} set up as it was, or changes what no other test looks at.
 */
final class InBrowser implements ParameterResolver {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(InBrowser.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == DashboardServer.class || type == Chromium.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        ExtensionContext.Store shared = context.getRoot().getStore(OURS);
        return parameter.getParameter().getType() == Chromium.class
                ? shared.computeIfAbsent(Chromium.class, _ -> Chromium.start(), Chromium.class)
                : shared.computeIfAbsent(Served.class, _ -> Served.start(), Served.class)
                        .server();
    }

    /** The server and its directory, which are there until all tests have ended. */
    private record Served(Path directory, DashboardServer server) implements AutoCloseable {
        static Served start() {
            try {
                Path directory = Files.createTempDirectory("dashboard");
                return new Served(directory, DashboardServer.start(directory));
            } catch (IOException e) {
                throw new AssertionError("the dashboard did not start", e);
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            List<Path> all;
            try (Stream<Path> found = Files.walk(directory)) {
                all = found.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path one : all) {
                Files.deleteIfExists(one);
            }
        }
    }
}
