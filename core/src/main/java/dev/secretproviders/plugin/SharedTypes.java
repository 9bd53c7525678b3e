package dev.secretproviders.plugin;

import java.util.Set;

/**
 * The parent of every jar's class loader: shows the types of the JDK and those that the runner shares with jars. It
 * hides all other classes and resources of the runner. A jar may therefore bring any version of a library that the
 * runner has, too.
 *
 * <p>Thread-safe.
 */
final class SharedTypes extends ClassLoader {
    /** The SPI, its annotations, logging, and the plugin SDK for filters. They replace a jar's own copies. */
    private static final Set<String> PACKAGES = Set.of(
            "dev.secretproviders.spi",
            "org.jspecify.annotations",
            "org.slf4j",
            "org.slf4j.event",
            "org.slf4j.helpers",
            "org.slf4j.spi",
            "org.apache.apisix.plugin.runner",
            "org.apache.apisix.plugin.runner.filter");

    static {
        registerAsParallelCapable();
    }

    private final ClassLoader application;

    /** Creates a loader that takes what it shares from {@code application}. */
    SharedTypes(ClassLoader application) {
        super("shared with jars", ClassLoader.getPlatformClassLoader());
        this.application = application;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        if (PACKAGES.contains(name.substring(0, Math.max(0, name.lastIndexOf('.'))))) {
            return application.loadClass(name);
        }
        throw new ClassNotFoundException(name);
    }
}
