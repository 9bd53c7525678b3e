package dev.secretproviders.app.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

/** The name of a runner: by default that of its host, which is a pod's name in Kubernetes. No name server is asked. */
final class RunnerName {
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern OTHERS = Pattern.compile("[^A-Za-z0-9._-]");
    private static final int LONGEST = 64;
    private static final String FALLBACK = "runner";

    private RunnerName() {}

    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** Returns the name of the host, or {@code runner} if it has none. */
    static String ofHost(Map<String, String> environment) {
        String host;
        try {
            host = Files.readString(HOST_NAME);
        } catch (IOException e) {
            host = environment.getOrDefault("HOSTNAME", "");
        }
        String name = OTHERS.matcher(host.strip()).replaceAll("-");
        return name.isEmpty() ? FALLBACK : name.substring(0, Math.min(name.length(), LONGEST));
    }
}
