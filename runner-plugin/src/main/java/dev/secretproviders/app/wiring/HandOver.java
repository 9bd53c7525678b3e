package dev.secretproviders.app.wiring;

import dev.secretproviders.app.control.ControlPlane;
import dev.secretproviders.app.port.Ports;
import dev.secretproviders.app.takeover.HandedOver;
import dev.secretproviders.auth.usage.UseMarks;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.transport.route.TokenFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a takeover does to this runner. */
final class HandOver implements HandedOver {
    /** Longer than a request may take. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    /** Longer than a client that asks all the time needs to see that its connection ends, even on a busy machine. */
    private static final Duration DRAIN = Duration.ofSeconds(2);

    private final Runner runner;
    private final Shutdown shutdown;
    private final Ports ports;

    HandOver(Runner runner, Shutdown shutdown, Ports ports) {
        this.runner = runner;
        this.shutdown = shutdown;
        this.ports = ports;
    }

    @Override
    public @Nullable String obstacle() {
        ControlPlane control = runner.control();
        if (!runner.server().options().passed().isEmpty()) {
            return "systemd has opened the sockets of the running runner: systemctl restart secret-providers";
        } else if (control == null) {
            return "the running runner cannot reach its store: try again later";
        } else if (control.api().drilling()) {
            return "a drill is under way: try again when it has ended";
        } else if (control.operations().underWay()) {
            return "a rekey, backup or compaction is under way: try again when it has ended";
        }
        return null;
    }

    @Override
    public Path socket() {
        return runner.server().options().socket();
    }

    @Override
    public Secret digestKey() {
        return runner.digester().key();
    }

    @Override
    public void passPorts() {
        ports.pass(runner.dataDirectory());
    }

    @Override
    public void keepPorts() {
        ports.keep();
    }

    @Override
    public int release() {
        return runner.store().release();
    }

    @Override
    public void reclaim() {
        keepPorts();
        runner.server().cancelRestart();
        runner.store().reclaim();
    }

    @Override
    public byte[] announce() throws IOException {
        runner.server().announceRestart();
        return TokenFormat.write(runner.server().tokens().known(), Instant.now());
    }

    @Override
    public boolean replaced() {
        try {
            return runner.server().replaced();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public List<UseMarks> end() throws IOException {
        shutdown.leaveCommands();
        ports.retire();
        runner.server()
                .handOver(
                        Succession.inlet(runner.dataDirectory()),
                        runner.server().options().requestDeadline().plus(MARGIN));
        return runner.directory().handUses();
    }

    @Override
    public void exit() {
        ports.drain(DRAIN);
        shutdown.replaced();
    }
}
