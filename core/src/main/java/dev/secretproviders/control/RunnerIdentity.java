package dev.secretproviders.control;

import dev.secretproviders.crypto.RuntimeSha256;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;

/**
 * Which runner this is.
 *
 * @param id the same after a restart: it stands for the machine and the data directory
 * @param process a random text, different after a restart
 * @param node the name of the runner, by default that of the machine or container
 * @param pid the number of the process there
 * @param version the version of the runner
 * @param startedAt when it started
 */
public record RunnerIdentity(String id, String process, String node, long pid, String version, Instant startedAt) {
    private static final int ID_DIGITS = 16;

    /** Returns the identity of this process. */
    public static RunnerIdentity of(String node, Path dataDirectory, String version, Instant startedAt) {
        return new RunnerIdentity(
                id(node, dataDirectory.toAbsolutePath().normalize().toString()),
                UUID.randomUUID().toString(),
                node,
                ProcessHandle.current().pid(),
                version,
                startedAt);
    }

    private static String id(String node, String directory) {
        return RuntimeSha256.hex(node + "\0" + directory).substring(0, ID_DIGITS);
    }
}
