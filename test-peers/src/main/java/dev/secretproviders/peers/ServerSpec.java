package dev.secretproviders.peers;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What to run for one peer, natively or in a container.
 *
 * @param name for messages, and the name by which {@code scripts/peers install} knows it
 * @param binary the program's name, in the folder of native peers and on the image's path
 * @param image the container image with its tag; null for what runs natively only, for it works with files beside its own
 * @param environment the whole environment beside {@code PATH} and {@code HOME}: a developer's own settings do not leak in
 * @param arguments the program's arguments for the place where it is to listen
 */
record ServerSpec(
        String name,
        String binary,
        @Nullable String image,
        Map<String, String> environment,
        Function<Place, List<String>> arguments) {

    /**
     * Where a server listens and keeps its files.
     *
     * @param host the address to bind
     * @param port the same number inside and outside of a container
     * @param directory the same path inside and outside of a container
     */
    record Place(String host, int port, Path directory) {}
}
