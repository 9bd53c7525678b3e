package dev.secretproviders.admin.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.token.Authenticator.Refusal;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events that are pushed over HTTP, with tokens as the clouds sign them. */
final class PushServletTest {
    private static final String TENANT = "11111111-2222-3333-4444-555555555555";
    private static final String AUDIENCE = "https://runner.example/events/gcp";
    private static final String ACCOUNT = "push@my-project.iam.gserviceaccount.com";
    private static final String KEY_VAULT =
            "{'id': '1', 'subject': 'jack', '%s': 'Microsoft.KeyVault.SecretNewVersionCreated',"
                    + " 'data': {'VaultName': 'v', 'ObjectType': 'Secret', 'ObjectName': 'Jack'}}";

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Tomcat tomcat = new Tomcat();
    private Cloud cloud;
    private AdminFixture admin;
    private boolean open = true;

    @BeforeEach
    void start() throws Exception {
        cloud = new Cloud();
        // Nothing answers there: what is fetched does not matter here.
        admin = new AdminFixture(
                directory,
                Map.of(
                        "gcp",
                        Map.of(
                                "prod",
                                Map.of(
                                        "auth_config",
                                        Map.of(
                                                "client_email", "a@b.c",
                                                "private_key", "none",
                                                "project_id", "p",
                                                "token_uri", "http://127.0.0.1:1",
                                                "entries_uri", "http://127.0.0.1:1"))),
                        "azure",
                        Map.of(
                                "prod",
                                Map.of(
                                        "vault_uri",
                                        "https://127.0.0.1:1",
                                        "auth",
                                        Map.of(
                                                "method",
                                                "client_secret",
                                                "tenant_id",
                                                TENANT,
                                                "client_id",
                                                TENANT,
                                                "client_secret",
                                                "s")))));
        admin.gateway("""
                consumers:
                  - {username: jack, plugins: {key-auth: {key: $secret://gcp/prod/jack/key}}}
                  - {username: rose, plugins: {key-auth: {key: $secret://azure/prod/jack/key}}}
                """);
        Problems problems = new Problems();
        PushSettings settings = PushSettings.read(Settings.root(
                Map.of(
                        "gcp",
                        Map.of("audience", AUDIENCE, "service-account", ACCOUNT, "keys-url", cloud.uri() + "/certs"),
                        "azure",
                        Map.of(
                                "tenant-id",
                                TENANT,
                                "audience",
                                "api://runner",
                                "authority-host",
                                cloud.uri().toString())),
                problems));
        problems.throwIfAny();
        serve(settings);
    }

    private void serve(PushSettings settings) throws Exception {
        tomcat.setBaseDir(directory.resolve("events").toString());
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context context = tomcat.addContext("", null);
        PushServlet servlet = new PushServlet(
                settings,
                admin.registry,
                admin.resolver,
                () -> open ? new PushServlet.Opened(admin.api.authenticator(), admin.audit) : null,
                Clock.systemUTC());
        Tomcat.addServlet(context, "events", servlet).addMapping("/events/*");
        tomcat.start();
    }

    @AfterEach
    void stop() throws Exception {
        tomcat.stop();
        tomcat.destroy();
        admin.close();
        cloud.close();
        http.close();
    }

    private String google() {
        return cloud.token(Map.of(
                "iss",
                "https://accounts.google.com",
                "aud",
                AUDIENCE,
                "email",
                ACCOUNT,
                "email_verified",
                true,
                "exp",
                Instant.now().plusSeconds(600).getEpochSecond()));
    }

    private String eventGrid() {
        return cloud.token(Map.of(
                "iss",
                "https://sts.windows.net/" + TENANT + "/",
                "aud",
                "api://runner",
                "appid",
                "4962773b-9cdb-44cf-a8bf-237846a00ab7",
                "roles",
                List.of("AzureEventGridSecureWebhookSubscriber"),
                "exp",
                Instant.now().plusSeconds(600).getEpochSecond()));
    }

    private HttpResponse<String> call(String method, String path, @Nullable String token, String body, String... more)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + path))
                .timeout(Duration.ofSeconds(20))
                .method(method, BodyPublishers.ofString(body.replace('\'', '"')));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (more.length > 0) {
            request.headers(more);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private static String pubSub(String type) {
        return "{'subscription': 'projects/p/subscriptions/s', 'message': {'messageId': '1', 'data': 'e30=', 'attributes':"
                + " {'eventType': '" + type + "', 'secretId': 'projects/123/secrets/jack'}}}";
    }

    @Test
    void messageOfPubSubHasTheSecretFetchedAndIsAudited() throws Exception {
        HttpResponse<String> answer = call("POST", "/events/gcp", google(), pubSub("SECRET_VERSION_ADD"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"refreshing\":[\"gcp/prod/jack\"]}");
        await().untilAsserted(
                        () -> assertThat(admin.audited()).anyMatch(line -> line.contains("gcp event about jack")));

        assertThat(call("POST", "/events/gcp", google(), pubSub("TOPIC_CONFIGURED"))
                        .body())
                .isEqualTo("{\"refreshing\":[]}");
    }

    @Test
    void eventsOfKeyVaultHaveTheSecretFetchedInBothSchemas() throws Exception {
        for (String body : List.of(
                "[" + KEY_VAULT.formatted("eventType") + "]",
                KEY_VAULT.formatted("type"),
                "[" + KEY_VAULT.formatted("type") + "," + KEY_VAULT.formatted("type") + "]")) {
            HttpResponse<String> answer = call("POST", "/events/azure", eventGrid(), body);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"refreshing\":[\"azure/prod/jack\"]}");
        }
    }

    @Test
    void eventGridLearnsThatEventsAreWanted() throws Exception {
        String validation = "[{'id': '1', 'eventType': 'Microsoft.EventGrid.SubscriptionValidationEvent', 'data': {"
                + "'validationCode': '512d38b6-c7b8-40c8-89fe-f46f9e9622b6', 'validationUrl': 'https://never.asked'}}]";
        assertThat(call("POST", "/events/azure", eventGrid(), validation, "aeg-event-type", "SubscriptionValidation")
                        .body())
                .isEqualTo("{\"validationResponse\":\"512d38b6-c7b8-40c8-89fe-f46f9e9622b6\"}");
        assertThat(call("POST", "/events/azure", null, validation).statusCode()).isEqualTo(401);

        HttpResponse<String> asked =
                call("OPTIONS", "/events/azure", null, "", "WebHook-Request-Origin", "eventgrid.azure.net");
        assertThat(asked.statusCode()).isEqualTo(200);
        assertThat(asked.headers().firstValue("WebHook-Allowed-Origin")).contains("eventgrid.azure.net");
        assertThat(asked.headers().firstValue("WebHook-Allowed-Rate")).contains("*");
        HttpResponse<String> stranger =
                call("OPTIONS", "/events/azure", null, "", "WebHook-Request-Origin", "evil.example");
        assertThat(stranger.headers().firstValue("WebHook-Allowed-Origin")).isEmpty();
    }

    @Test
    void whoIsNotTheSenderCausesNothing() throws Exception {
        Map<String, Object> other = new HashMap<>(Map.of("iss", "https://accounts.google.com", "aud", AUDIENCE));
        for (String token : List.of(admin.firstToken, cloud.token(other), eventGrid())) {
            HttpResponse<String> answer = call("POST", "/events/gcp", token, pubSub("SECRET_VERSION_ADD"));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(401);
            assertThat(answer.body()).doesNotContain(token).doesNotContain("jack");
        }
        HttpResponse<String> bare = call("POST", "/events/gcp", null, pubSub("SECRET_VERSION_ADD"));
        assertThat(bare.statusCode()).isEqualTo(401);
        assertThat(admin.audited()).noneMatch(line -> line.contains("event about"));
    }

    /** Behind one proxy, strangers share the address of who logs in to the Admin API. */
    @Test
    void strangersAreRefusedWithoutDelayAndApartFromThoseWhoLogIn() throws Exception {
        String forged = Cloud.forged("first", Map.of("aud", AUDIENCE));
        long start = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            assertThat(call("POST", "/events/gcp", forged, "{}").statusCode()).isEqualTo(401);
        }
        await().untilAsserted(() -> assertThat(admin.audited())
                .filteredOn(line -> line.contains("login.failed"))
                .hasSize(1));
        // The first wrong token from an address waits for a tenth of a second, the tenth for five seconds.
        Refusal own = admin.api.authenticator().refuseLogIn("127.0.0.1");
        assertThat(own.status()).isEqualTo(401);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void eventThatCannotBeReadDoesNotLoseThoseBesideIt() throws Exception {
        String validation = "{'eventType': 'Microsoft.EventGrid.SubscriptionValidationEvent', 'data': {"
                + "'validationCode': '512d38b6'}}";
        String good = KEY_VAULT.formatted("eventType");
        String other = "{'eventType': 'Microsoft.Storage.BlobCreated', 'data': {}}";
        for (String body : List.of(
                "[" + other + "," + good + "]",
                "[" + good + ", 1, null]",
                "[" + validation + "," + good + "]",
                "[{'eventType': 'Microsoft.KeyVault.SecretExpired'}," + good + "]")) {
            HttpResponse<String> answer = call("POST", "/events/azure", eventGrid(), body);
            assertThat(answer.statusCode()).as(body).isEqualTo(200);
            assertThat(answer.body()).as(body).isEqualTo("{\"refreshing\":[\"azure/prod/jack\"]}");
        }
        assertThat(call("POST", "/events/azure", eventGrid(), "[" + other + "," + validation + "]")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void whatIsNoEventOfTheManagerIsRefused() throws Exception {
        for (String body : List.of("{", "{}", "{'message': {'attributes': {'eventType': 'SECRET_DELETE'}}}", "[1]")) {
            assertThat(call("POST", "/events/gcp", google(), body).statusCode())
                    .as(body)
                    .isEqualTo(400);
        }
        assertThat(call("POST", "/events/azure", eventGrid(), "{'type': 'Microsoft.Storage.BlobCreated'}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(call("GET", "/events/gcp", google(), "").statusCode()).isEqualTo(405);
        assertThat(call("POST", "/events/aws", google(), "{}").statusCode()).isEqualTo(404);
        assertThat(call("POST", "/events/gcp", google(), "'" + "x".repeat(1 << 20) + "'")
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void senderIsAskedToTryAgainWhileKeysOrStoreAreAway() throws Exception {
        cloud.status = 500;
        HttpResponse<String> answer = call("POST", "/events/gcp", google(), pubSub("SECRET_VERSION_ADD"));
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        open = false;
        assertThat(call("POST", "/events/gcp", google(), pubSub("SECRET_VERSION_ADD"))
                        .statusCode())
                .isEqualTo(503);
    }
}
