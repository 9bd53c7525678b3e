package dev.secretproviders.peers;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * A running moto server, which simulates AWS Secrets Manager and SQS in region {@code us-east-1}. It accepts any access key and
 * signature until it is told to {@linkplain #checkKeys check} them. Its data is in memory and lost at a restart. Ready
 * when {@link #start()} returns. Not safe for use by several threads at once.
 */
public final class Moto extends RunningPeer {
    /** The region that the methods of this class use. */
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

    @Override
    Peer peer() {
        return peer;
    }

    @Override
    PeerHttp http() {
        return http;
    }

    @Override
    boolean isReady() {
        return http.answers("/moto-api/data.json", Map.of(), 200);
    }

    /** Returns its address: the provider's {@code endpoint_url}. */
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
     * Rotates a secret: the value becomes AWSCURRENT, the previous one AWSPREVIOUS.
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

    /** Deletes a secret at once, without a recovery window. */
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
        return call("secretsmanager", "secretsmanager." + operation, input);
    }

    private JsonNode call(String service, String operation, Map<String, ?> input) {
        Map<String, String> headers = Map.of(
                "content-type",
                "application/x-amz-json-1.1",
                "x-amz-target",
                operation,
                // moto takes service and region from the scope; the signature is not checked.
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20260101/%s/%s/aws4_request, ".formatted(REGION, service)
                        + "SignedHeaders=host, Signature=none");
        HttpReply answer = http.request("POST", "/", headers, PeerHttp.json(input));
        if (!answer.succeeded()) {
            throw new PeerFailedException(
                    "moto: %s: status %d: %s".formatted(operation, answer.status(), answer.text()));
        }
        return answer.json();
    }

    /** Creates a queue of SQS and returns its URL. */
    public URI createQueue(String name) {
        call("sqs", "AmazonSQS.CreateQueue", Map.of("QueueName", name));
        return queue(name);
    }

    /** Returns the URL that a queue has, whether it is there or not. */
    public URI queue(String name) {
        return uri().resolve("/123456789012/" + name);
    }

    /** Sends a message to a queue. */
    public void send(URI queue, String message) {
        call("sqs", "AmazonSQS.SendMessage", Map.of("QueueUrl", queue.toString(), "MessageBody", message));
    }

    /** Sends what EventBridge sends to a queue when someone changes a secret by name. */
    public void sendChange(URI queue, String call, String secret) {
        send(
                queue,
                PeerHttp.json(Map.of(
                        "version", "0",
                        "source", "aws.secretsmanager",
                        "detail-type", "AWS API Call via CloudTrail",
                        "detail", Map.of("eventName", call, "requestParameters", Map.of("secretId", secret)))));
    }

    /** Returns how many messages a queue holds, those that a reader has at the moment included. */
    public int messages(URI queue) {
        JsonNode attributes = call(
                        "sqs",
                        "AmazonSQS.GetQueueAttributes",
                        Map.of("QueueUrl", queue.toString(), "AttributeNames", List.of("All")))
                .path("Attributes");
        return Integer.parseInt(attributes.path("ApproximateNumberOfMessages").asString("0"))
                + Integer.parseInt(
                        attributes.path("ApproximateNumberOfMessagesNotVisible").asString("0"));
    }

    /** An access key of a user. It is needed while moto {@linkplain #checkKeys checks} keys. */
    public record AccessKey(String id, String secret) {
        @Override
        public String toString() {
            return id;
        }
    }

    /**
     * Turns the check of keys on or off; it is off at the start. While on, a request must be signed with a key that was
     * {@linkplain #createAccessKey created} and not deleted, of a user with the permission. Methods of this class that
     * change something work only while the check is off.
     */
    public void checkKeys(boolean checked) {
        HttpReply answer = http.request("POST", "/moto-api/reset-auth", Map.of(), checked ? "0" : "inf");
        if (!answer.succeeded()) {
            throw new PeerFailedException("moto: reset-auth: status %d".formatted(answer.status()));
        }
    }

    /**
     * Creates a user.
     *
     * @param action the permitted action, on all resources, e.g. {@code secretsmanager:GetSecretValue}
     */
    public void createUser(String name, String action) {
        iam("CreateUser", "UserName=" + name);
        String policy = PeerHttp.json(Map.of(
                "Version",
                "2012-10-17",
                "Statement",
                List.of(Map.of("Effect", "Allow", "Resource", "*", "Action", action))));
        iam(
                "PutUserPolicy",
                "UserName=" + name + "&PolicyName=only&PolicyDocument="
                        + URLEncoder.encode(policy, StandardCharsets.UTF_8));
    }

    /** Creates another key for a user. */
    public AccessKey createAccessKey(String user) {
        String answer = iam("CreateAccessKey", "UserName=" + user);
        return new AccessKey(element(answer, "AccessKeyId"), element(answer, "SecretAccessKey"));
    }

    /** Deletes a key; requests signed with it are refused from then on. */
    public void deleteAccessKey(String user, AccessKey key) {
        iam("DeleteAccessKey", "UserName=" + user + "&AccessKeyId=" + key.id());
    }

    private String iam(String action, String parameters) {
        Map<String, String> headers = Map.of(
                "content-type",
                "application/x-www-form-urlencoded",
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20260101/%s/iam/aws4_request, ".formatted(REGION)
                        + "SignedHeaders=host, Signature=none");
        HttpReply answer = http.request("POST", "/", headers, "Action=" + action + "&Version=2010-05-08&" + parameters);
        if (!answer.succeeded()) {
            throw new PeerFailedException("moto: %s: status %d: %s".formatted(action, answer.status(), answer.text()));
        }
        return answer.text();
    }

    private static String element(String xml, String name) {
        Matcher matcher =
                Pattern.compile("<%1$s>([^<]+)</%1$s>".formatted(name)).matcher(xml);
        if (!matcher.find()) {
            throw new PeerFailedException("moto: no " + name + " in its answer");
        }
        return matcher.group(1);
    }

    /** Forgets all secrets. */
    public void reset() {
        http.request("POST", "/moto-api/reset", Map.of(), null);
    }
}
