package dev.secretproviders.plugin;

import dev.secretproviders.settings.Problems;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One plugin jar. Its class loader searches the {@linkplain SharedTypes types that the runner shares} first and then the jar. The
 * jar's code runs on the caller's thread with all rights of the runner. Not thread-safe.
 */
public final class PluginJar {
    private final Path path;
    private final Set<String> offered;
    private final URLClassLoader loader;
    private final Problems problems;
    private boolean refused;

    PluginJar(Path path, Set<String> offered, URLClassLoader loader, Problems problems) {
        this.path = path;
        this.offered = Set.copyOf(offered);
        this.loader = loader;
        this.problems = problems;
    }

    /**
     * Creates one instance of each class that the jar names for a service, and passes it to {@code use}. An exception
     * of the jar's code, here or in {@code use}, becomes a problem.
     *
     * @return whether there was no problem; true also if the jar offers no such class
     */
    public <T> boolean forEach(Class<T> service, Consumer<T> use) {
        if (!offered.contains(service.getName())) {
            return true;
        }
        try {
            List<ServiceLoader.Provider<T>> named = ServiceLoader.load(service, loader).stream()
                    // Classes of the JDK and the SPI do not belong to this jar.
                    .filter(provider -> loader.equals(provider.type().getClassLoader()))
                    .toList();
            if (named.isEmpty()) {
                problem("the file META-INF/services/" + service.getName() + " in it names no class of this jar");
                return false;
            }
            named.forEach(provider -> use.accept(provider.get()));
            return true;
        } catch (RuntimeException | Error e) {
            problem("a " + service.getSimpleName() + " that it names cannot be made: " + rootOf(e));
            return false;
        }
    }

    /**
     * Returns a proxy of an object of this jar. During each call, the thread's context class loader is that of the jar.
     * Libraries look there for their parts, and would otherwise find those of the runner.
     */
    @SuppressWarnings("ReferenceEquality") // That is what equals of a proxy means; calling it would recurse.
    public <T> T entered(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (method.getName().equals("equals") && method.getParameterCount() == 1) {
                        return arguments[0] == proxy;
                    }
                    Thread thread = Thread.currentThread();
                    ClassLoader before = thread.getContextClassLoader();
                    thread.setContextClassLoader(loader);
                    try {
                        return method.invoke(target, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    } finally {
                        thread.setContextClassLoader(before);
                    }
                }));
    }

    /** Adds a problem of the jar. */
    public void problem(String what) {
        problems.add(path.toString(), what);
    }

    /** Stops using the jar. Its problems give the reason. */
    public void refuse() {
        refused = true;
    }

    boolean refused() {
        return refused;
    }

    /** Returns the path of the jar. */
    public Path path() {
        return path;
    }

    void close() throws IOException {
        loader.close();
    }

    private static String rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.toString();
    }
}
