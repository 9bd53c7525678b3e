package dev.secretproviders.app.takeover;

import dev.secretproviders.auth.usage.UseMarks;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A running runner, as a takeover sees it. Thread-safe. */
public interface HandedOver {
    /** Returns why no runner may take over now, or null. */
    @Nullable
    String obstacle();

    /** Returns where it serves APISIX. */
    Path socket();

    /** Returns the key of its digests, which the caller closes. */
    Secret digestKey();

    /** Passes the sockets of its ports to a runner that waits for them. It goes on accepting until {@link #end}. */
    void passPorts();

    /** Ends the connection of {@link #passPorts}, because the takeover ended before {@link #release}. */
    void keepPorts();

    /** Closes the store and the audit log. Returns how many credentials it cannot decide. */
    int release();

    /**
     * Takes {@link #announce} back and opens again what {@link #release} closed, because the takeover failed. Returns at
     * once.
     */
    void reclaim();

    /** Tells followers of its events that it will be replaced. Returns the tokens of its routes. */
    byte[] announce() throws IOException;

    /** Returns whether another socket has the name of its own. False if there is none. */
    boolean replaced();

    /** Leaves its ports, answers what is under way and passes the connections on. Returns the uses of its credentials. */
    List<UseMarks> end() throws IOException;

    /** Ends the process. */
    void exit();
}
