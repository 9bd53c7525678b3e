package dev.secretproviders.peers;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What to run for one peer, natively or in a container.
 *
 * @param name for messages and for {@code scripts/peers install}
 * @param binary the program's name, in the folder of native peers and on the image's path
 * @param image the container image with its tag; null for a peer that runs natively only, since it needs files of the
 *     project
 * @param environment the whole environment in addition to {@code PATH} and {@code HOME}; no other variables are
 *     inherited
 * @param arguments the program's arguments, depending on its address and directory
 */
record ServerSpec(
        String name,
        String binary,
        @Nullable String image,
        Map<String, String> environment,
        Function<Place, List<String>> arguments) {

    /**
     * The address and the directory of a server.
     *
     * @param host the address to bind
     * @param port the same number inside and outside of a container
     * @param directory the same path inside and outside of a container
     */
    record Place(String host, int port, Path directory) {}
}
