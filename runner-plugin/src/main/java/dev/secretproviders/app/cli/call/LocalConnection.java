package dev.secretproviders.app.cli.call;

import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.wiring.CommandSocket;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The runner of a data directory, called over its socket, as an admin. */
public final class LocalConnection implements AdminConnection {
    private final Path dataDirectory;

    /** Names the data directory; nothing is called yet. */
    public LocalConnection(Path dataDirectory) {
        this.dataDirectory = dataDirectory;
    }

    @Override
    public Reply call(String method, String path, @Nullable JsonNode body, @Nullable Condition condition)
            throws CannotStartException {
        try (LocalCall call =
                LocalCall.send(dataDirectory, method, path, body == null ? null : body.toString(), condition)) {
            return Reply.read(call.status(), call.body().readAllBytes(), call.etag(), place());
        } catch (IOException e) {
            throw RunningRunner.failed(e);
        }
    }

    @Override
    public String place() {
        return CommandSocket.in(dataDirectory).toString();
    }

    @Override
    public void close() {
        // Each call has a connection of its own.
    }
}
