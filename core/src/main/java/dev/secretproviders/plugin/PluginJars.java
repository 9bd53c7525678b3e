package dev.secretproviders.plugin;

import dev.secretproviders.settings.Problems;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipFile;

/**
 * The plugin jars of a directory, in the order of their names. A defect of one jar is added to the problems and does
 * not affect the others. Not thread-safe. Close it when none of its classes is in use.
 */
public final class PluginJars implements AutoCloseable {
    private static final String SERVICES = "META-INF/services/";

    private final List<PluginJar> jars = new ArrayList<>();
    private final ClassLoader shared = new SharedTypes(PluginJars.class.getClassLoader());
    private final Problems problems;

    private PluginJars(Problems problems) {
        this.problems = problems;
    }

    /**
     * Opens all jars of a directory that offer a service, without running their code. A missing directory counts as
     * empty.
     *
     * @param directory the plugins directory
     * @param services the services that jars may offer
     * @param problems receives the problems by jar, now and later
     */
    public static PluginJars open(Path directory, Set<Class<?>> services, Problems problems) {
        PluginJars opened = new PluginJars(problems);
        opened.find(directory).forEach(jar -> opened.open(jar, services));
        return opened;
    }

    /** Returns the usable jars. */
    public List<PluginJar> usable() {
        return jars.stream().filter(jar -> !jar.refused()).toList();
    }

    @Override
    public void close() throws IOException {
        for (PluginJar jar : jars) {
            jar.close();
        }
    }

    private List<Path> find(Path directory) {
        List<Path> found = new ArrayList<>();
        if (Files.exists(directory)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*.jar")) {
                entries.forEach(found::add);
            } catch (IOException e) {
                problems.add(directory.toString(), "cannot be read as a directory of jars: " + e.getMessage());
            }
        }
        return found.stream().sorted().toList();
    }

    private void open(Path jar, Set<Class<?>> services) {
        Set<String> offered = new TreeSet<>();
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (Class<?> service : services) {
                if (zip.getEntry(SERVICES + service.getName()) != null) {
                    offered.add(service.getName());
                }
            }
        } catch (IOException e) {
            problems.add(jar.toString(), "is no readable jar: " + e.getMessage());
            return;
        }
        if (offered.isEmpty()) {
            problems.add(
                    jar.toString(),
                    "offers nothing: add a file with class names, one per line: "
                            + String.join(
                                    " or ",
                                    services.stream()
                                            .map(service -> SERVICES + service.getName())
                                            .sorted()
                                            .toList()));
            return;
        }
        try {
            URL url = jar.toUri().toURL();
            jars.add(
                    new PluginJar(jar, offered, new URLClassLoader(jar.toString(), new URL[] {url}, shared), problems));
        } catch (MalformedURLException e) {
            problems.add(jar.toString(), "has a path that is not a URL: rename it");
        }
    }
}
