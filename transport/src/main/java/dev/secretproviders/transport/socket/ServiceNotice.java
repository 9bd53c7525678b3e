package dev.secretproviders.transport.socket;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Tells systemd the state of the service, in the manner of {@code sd_notify(3)}. */
public enum ServiceNotice {
    /** The runner answers. */
    READY("READY=1"),
    /** The runner ends. */
    STOPPING("STOPPING=1");

    private final String text;

    ServiceNotice(String text) {
        this.text = text;
    }

    /** Sends the notice, if the environment names a socket for it. A failure is logged and has no other effect. */
    public void send(Map<String, String> environment) {
        String place = environment.get("NOTIFY_SOCKET");
        if (place == null || place.isEmpty()) {
            return;
        }
        // An abstract address is written with @ and has a zero byte in its place.
        byte[] path = place.replaceFirst("^@", "\0").getBytes(StandardCharsets.UTF_8);
        byte[] message = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = ByteBuffer.allocateDirect(message.length).put(message);
        try {
            NativeIo.available();
            Socket socket = Socket.newSocketDomainDgram();
            try {
                socket.sendToDomainSocket(buffer, 0, message.length, path);
            } finally {
                socket.close();
            }
        } catch (IOException | IllegalStateException e) {
            LoggerFactory.getLogger(ServiceNotice.class)
                    .warn("systemd was not told {}: {}", text, String.valueOf(e.getMessage()));
        }
    }
}
