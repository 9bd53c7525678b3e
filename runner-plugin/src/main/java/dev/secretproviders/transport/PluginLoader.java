package dev.secretproviders.transport;

import dev.secretproviders.settings.Problems;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.zip.ZipFile;
import org.apache.apisix.plugin.runner.filter.PluginFilter;

/**
 * Loads the filters of others from a directory of jars. Each jar has a class loader of its own below the application's,
 * and names its filters in {@code META-INF/services}. What is wrong with any of them is added to the problems.
 */
public final class PluginLoader {
    private static final String SERVICES = "META-INF/services/" + PluginFilter.class.getName();

    private final Problems problems;
    private final Map<String, String> origins = new HashMap<>();
    private final List<PluginFilter> filters = new ArrayList<>();
    private final List<URLClassLoader> loaders = new ArrayList<>();

    private PluginLoader(Collection<String> reserved, Problems problems) {
        this.problems = problems;
        reserved.forEach(name -> origins.put(name, "the runner itself"));
    }

    /**
     * Loads all jars of a directory, in the order of their names. A directory that does not exist holds none.
     *
     * @param directory the plugins directory
     * @param reserved names of built-in filters, which no jar may take
     * @param problems receives what is wrong, by jar
     */
    public static LoadedPlugins load(Path directory, Collection<String> reserved, Problems problems) {
        PluginLoader loader = new PluginLoader(reserved, problems);
        loader.jars(directory).forEach(loader::load);
        return new LoadedPlugins(loader.filters, loader.loaders);
    }

    private List<Path> jars(Path directory) {
        List<Path> jars = new ArrayList<>();
        if (Files.exists(directory)) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.jar")) {
                found.forEach(jars::add);
            } catch (IOException e) {
                problems.add(directory.toString(), "cannot be read as a directory of jars: " + e.getMessage());
            }
        }
        return jars.stream().sorted().toList();
    }

    private void load(Path jar) {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            if (zip.getEntry(SERVICES) == null) {
                problems.add(
                        jar.toString(),
                        "names no filters: add the file " + SERVICES
                                + " with the class name of each filter, one per line");
                return;
            }
        } catch (IOException e) {
            problems.add(jar.toString(), "is no readable jar: " + e.getMessage());
            return;
        }
        try {
            URLClassLoader loader = new URLClassLoader(
                    jar.toString(), new URL[] {jar.toUri().toURL()}, getClass().getClassLoader());
            loaders.add(loader);
            instantiate(jar, loader);
        } catch (MalformedURLException e) {
            problems.add(jar.toString(), "has a path that is no URL: rename it");
        }
    }

    private void instantiate(Path jar, URLClassLoader loader) {
        try {
            List<ServiceLoader.Provider<PluginFilter>> named = ServiceLoader.load(PluginFilter.class, loader).stream()
                    // The application's own class path is not what this jar brings.
                    .filter(provider -> loader.equals(provider.type().getClassLoader()))
                    .toList();
            if (named.isEmpty()) {
                problems.add(jar.toString(), "the file " + SERVICES + " in it names no class of this jar");
            }
            named.forEach(provider -> add(jar, provider.get()));
        } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
            problems.add(jar.toString(), "a filter that it names cannot be made: " + rootOf(e));
        }
    }

    private void add(Path jar, PluginFilter filter) {
        String name = filter.name();
        if (name == null || name.isBlank()) {
            problems.add(jar.toString(), filter.getClass().getName() + " has no name: return one from name()");
            return;
        }
        String origin = origins.putIfAbsent(name, jar.toString());
        if (origin != null) {
            problems.add(
                    jar.toString(), "the filter name " + name + " is taken by " + origin + ": give the filter another");
            return;
        }
        // Asked for now, so that a filter that fails here is a problem at the start and not at the first route.
        InfoNeeds.of(filter);
        filters.add(filter);
    }

    private static String rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.toString();
    }
}
