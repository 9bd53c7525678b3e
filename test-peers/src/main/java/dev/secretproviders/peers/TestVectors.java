package dev.secretproviders.peers;

import java.nio.file.Files;
import java.nio.file.Path;

/** Test vectors for cryptography, which {@code scripts/peers} fetches. Unlike the other peers, they are only files. */
public final class TestVectors {
    private TestVectors() {}

    /**
     * Returns a file of the project Wycheproof.
     *
     * @throws PeerUnavailableException if it was not installed
     */
    public static Path wycheproof(String name) {
        Path file = NativeServer.binaries().resolve("wycheproof").resolve(name);
        if (!Files.isReadable(file)) {
            throw new PeerUnavailableException(
                            "The test vectors %s are needed by this test and not there. Remedy: ./scripts/peers install wycheproof"
                                    .formatted(file))
                    .orAbort();
        }
        return file;
    }
}
