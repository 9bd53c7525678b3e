package dev.secretproviders.control;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
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
    private static final int ID_BYTES = 8;

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
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((node + "\0" + directory).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, ID_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no SHA-256", e);
        }
    }
}
