package dev.secretproviders.peers;

import dev.secretproviders.peers.ServerSpec.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A running nginx that serves one certificate over TLS. Ready when {@link #start} returns. */
public final class NginxTls implements AutoCloseable {
    private final Peer peer;

    private NginxTls(String certificate, String key, @Nullable String clientAuthorities) {
        this.peer = Peer.launch(new ServerSpec(
                "nginx-tls", "nginx", null, Map.of(), place -> arguments(place, certificate, key, clientAuthorities)));
    }

    /**
     * Starts a server.
     *
     * @param certificate the chain as PEM
     * @param key the private key as PEM
     * @param clientAuthorities the authorities of client certificates, or null for no mutual TLS
     */
    public static NginxTls start(String certificate, String key, @Nullable String clientAuthorities) {
        NginxTls nginx = new NginxTls(certificate, key, clientAuthorities);
        nginx.peer.awaitReady(nginx::listens);
        return nginx;
    }

    private static List<String> arguments(
            Place place, String certificate, String key, @Nullable String clientAuthorities) {
        try {
            Files.writeString(place.directory().resolve("cert.pem"), certificate);
            Files.createFile(
                    place.directory().resolve("key.pem"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(place.directory().resolve("key.pem"), key);
            String verify = "";
            if (clientAuthorities != null) {
                Files.writeString(place.directory().resolve("ca.pem"), clientAuthorities);
                verify = "ssl_client_certificate ca.pem; ssl_verify_client on;";
            }
            String user = "root".equals(System.getProperty("user.name")) ? "user root;" : "";
            Files.writeString(place.directory().resolve("nginx.conf"), """
            worker_processes 1;
            daemon off;
            pid nginx.pid;
            error_log stderr warn;
            %s
            events {}
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                server {
                    listen 127.0.0.1:%d ssl;
                    ssl_certificate cert.pem;
                    ssl_certificate_key key.pem;
                    %s
                    location / { return 200 "served\\n"; }
                }
            }
            """.formatted(user, place.port(), verify));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.of("-p", place.directory().toString(), "-c", "nginx.conf");
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the port on loopback. */
    public int port() {
        return peer.port();
    }

    @Override
    public void close() {
        peer.stop();
        peer.close();
    }
}
