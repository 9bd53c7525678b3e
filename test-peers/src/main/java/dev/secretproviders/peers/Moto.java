package dev.secretproviders.peers;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/**
 * A running moto server, which stands for AWS Secrets Manager in region {@code us-east-1}; it takes any access key and
 * checks no signature. Its data is in memory, and gone after a restart. Ready when {@link #start()} returns. Not safe for
 * use by several threads at once.
 */
public final class Moto implements AutoCloseable {
    /** The region that the methods of this class speak to. */
    public static final String REGION = "us-east-1";

    private static final String NAME = "moto";
    private static final String IMAGE = "motoserver/moto:5.2.3";

    private final Peer peer;
    private final PeerHttp http;

    private Moto() {
        this.peer = Peer.launch(new ServerSpec(
                NAME,
                "moto_server",
                IMAGE,
                Map.of("PYTHONUNBUFFERED", "1"),
                place -> List.of("-H", place.host(), "-p", Integer.toString(place.port()))));
        this.http = new PeerHttp(URI.create("http://127.0.0.1:" + peer.port()));
    }

    /** Starts a server. */
    public static Moto start() {
        Moto moto = new Moto();
        moto.peer.awaitReady(moto::isReady);
        return moto;
    }

    private boolean isReady() {
        return http.answers("/moto-api/data.json", Map.of(), 200);
    }

    /** Returns where it listens: the provider's {@code endpoint_url}. */
    public URI uri() {
        return http.base();
    }

    /**
     * Creates a secret.
     *
     * @param value the secret string; JSON for a secret with fields
     * @return the version id
     */
    public String createSecret(String name, String value) {
        return call("CreateSecret", Map.of("Name", name, "SecretString", value, "ClientRequestToken", newVersionId()))
                .path("VersionId")
                .asString();
    }

    /**
     * Rotates a secret: the value becomes AWSCURRENT, the one before it AWSPREVIOUS.
     *
     * @return the version id
     */
    public String putSecretValue(String name, String value) {
        return call(
                        "PutSecretValue",
                        Map.of("SecretId", name, "SecretString", value, "ClientRequestToken", newVersionId()))
                .path("VersionId")
                .asString();
    }

    private static String newVersionId() {
        return UUID.randomUUID().toString();
    }

    /** Deletes a secret at once, without the days in which it could be restored. */
    public void deleteSecret(String name) {
        call("DeleteSecret", Map.of("SecretId", name, "ForceDeleteWithoutRecovery", true));
    }

    /** Marks a secret for deletion in 30 days; it can no longer be read. */
    public void scheduleDeletion(String name) {
        call("DeleteSecret", Map.of("SecretId", name));
    }

    /**
     * Calls an operation of Secrets Manager.
     *
     * @param operation e.g. {@code DescribeSecret}
     * @return the body of the answer
     * @throws PeerFailedException if it is refused
     */
    public JsonNode call(String operation, Map<String, ?> input) {
        Map<String, String> headers = Map.of(
                "content-type", "application/x-amz-json-1.1",
                "x-amz-target", "secretsmanager." + operation,
                // moto takes service and region from the scope; the signature is not checked.
                "authorization",
                        "AWS4-HMAC-SHA256 Credential=test/20260101/%s/secretsmanager/aws4_request, ".formatted(REGION)
                                + "SignedHeaders=host, Signature=none");
        Answer answer = http.request("POST", "/", headers, PeerHttp.json(input));
        if (!answer.succeeded()) {
            throw new PeerFailedException(
                    "moto: %s: status %d: %s".formatted(operation, answer.status(), answer.text()));
        }
        return answer.json();
    }

    /** Forgets all secrets. */
    public void reset() {
        http.request("POST", "/moto-api/reset", Map.of(), null);
    }

    /** Stops it; connections are then refused. */
    public void stop() {
        peer.stop();
    }

    /** Starts it again on the same port, without any secret. */
    public void startAgain() {
        peer.startAgain(this::isReady);
    }

    /** Freezes it: connections are accepted, nothing is answered. */
    public void pause() {
        peer.pause();
    }

    /** Ends {@link #pause()}. */
    public void resume() {
        peer.resume();
    }

    /** Ends it and deletes its files. */
    @Override
    public void close() {
        http.close();
        peer.close();
    }
}
