package dev.secretproviders.app.control;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine or container that the runner is on. */
final class Node {
    private static final Path OF_THE_KERNEL = Path.of("/proc/sys/kernel/hostname");

    private Node() {}

    /** Returns its name. Asks the kernel first, because a name server may be slow. */
    static String name() {
        try {
            return Files.readString(OF_THE_KERNEL, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException unknown) {
                return "unknown";
            }
        }
    }
}
