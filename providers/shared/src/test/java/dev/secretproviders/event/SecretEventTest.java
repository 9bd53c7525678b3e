package dev.secretproviders.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads events in the form that secret managers send. */
final class SecretEventTest {
    private static JsonNode json(String body) {
        return JsonMapper.shared().readTree(body.replace('\'', '"'));
    }

    private static SecretEvent read(String body) throws UnreadableEventException {
        return Objects.requireNonNull(SecretEvent.read(json(body)));
    }

    @Test
    void putSecretValueOverCloudTrailMeansTheSecretByNameOrArn() throws Exception {
        SecretEvent byName = read("""
                {'version': '0', 'source': 'aws.secretsmanager', 'detail-type': 'AWS API Call via CloudTrail',
                 'resources': [], 'detail': {'eventName': 'PutSecretValue', 'requestParameters': {'secretId': 'prod/jack'}}}""");
        assertThat(byName.manager()).isEqualTo("aws");
        assertThat(byName.means("prod/jack")).isTrue();
        assertThat(byName.means("jack")).isFalse();
        SecretEvent byArn = read("""
                {'source': 'aws.secretsmanager', 'detail-type': 'AWS API Call via CloudTrail', 'detail': {'requestParameters':
                 {'secretId': 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/jack-a1B2c3'}}}""");
        assertThat(byArn.means("prod/jack")).isTrue();
        assertThat(byArn.means("prod/jac")).isFalse();
        assertThat(byArn.means("prod/jack-a")).isFalse();
    }

    /** A call by name, whose answer has the ARN, and the reverse. The letters of the field differ between calls. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'requestParameters': {'secretId': 'prod/jack'}, 'responseElements': {'arn': '%s'}",
                "'requestParameters': {'recoveryWindowInDays': 30, 'secretId': 'prod/jack'}, 'responseElements':"
                        + " {'name': 'prod/jack', 'deletionDate': 'Jan 1, 2026', 'aRN': '%s'}",
                "'requestParameters': {'secretId': '%s'}, 'responseElements': null",
                "'requestParameters': {'name': 'prod/jack'}, 'responseElements': {'ARN': '%s', 'name': 'prod/jack'}",
                "'requestParameters': null, 'responseElements': null, 'additionalEventData': {'SecretId': '%s'}"
            })
    void eventOfCloudTrailMeansTheSecretByEachOfItsNames(String detail) throws Exception {
        String partial = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/jack";
        SecretEvent event = read("{'source': 'aws.secretsmanager', 'detail-type': 'AWS API Call via CloudTrail',"
                + " 'resources': [], 'detail': {" + detail.formatted(partial + "-a1B2c3") + "}}");
        assertThat(event.names()).contains("prod/jack", partial, partial + "-a1B2c3");
        for (String reference : List.of("prod/jack", partial, partial + "-a1B2c3")) {
            assertThat(event.means(reference)).as(reference).isTrue();
        }
        assertThat(event.means("prod/rose")).isFalse();
    }

    @Test
    void eventWithoutAnArnMeansAReferenceByArn() throws Exception {
        SecretEvent event = read("""
                {'source': 'aws.secretsmanager', 'detail-type': 'AWS API Call via CloudTrail', 'detail': {
                 'eventName': 'PutSecretValue', 'requestParameters': {'secretId': 'jack'}}}""");
        assertThat(event.means("arn:aws:secretsmanager:eu-west-1:1:secret:jack-a1B2c3"))
                .isTrue();
        assertThat(event.means("arn:aws:secretsmanager:eu-west-1:1:secret:jack"))
                .isTrue();
        assertThat(event.means("arn:aws:secretsmanager:eu-west-1:1:secret:rose-a1B2c3"))
                .isFalse();
    }

    @Test
    void rotationSucceededNamesTheSecretInItsEventDataOrResources() throws Exception {
        assertThat(read("""
                        {'source': 'aws.secretsmanager', 'detail-type': 'AWS Service Event via CloudTrail', 'detail': {
                         'eventName': 'RotationSucceeded', 'additionalEventData':
                         {'SecretId': 'arn:aws:secretsmanager:eu-west-1:1:secret:jack-a1B2c3'}}}""").means("jack")).isTrue();
        assertThat(read("""
                        {'source': 'aws.secretsmanager', 'detail-type': 'Secret Rotated', 'detail': {},
                         'resources': ['arn:aws:secretsmanager:eu-west-1:1:secret:jack-a1B2c3']}""").means("jack")).isTrue();
    }

    @Test
    void vaultNotificationMeansThePathBelowMountAndPrefix() throws Exception {
        SecretEvent event = read("""
                {'specversion': '1.0', 'type': '*', 'data': {'event_type': 'kv-v2/data-write',
                 'event': {'metadata': {'path': 'secret/data/apisix/jack', 'operation': 'data-write'}}}}""");
        assertThat(event.manager()).isEqualTo("vault");
        assertThat(event.means("jack")).isTrue();
        assertThat(event.means("apisix/jack")).isTrue();
        assertThat(event.means("ack")).isFalse();
    }

    @Test
    void pubSubMessageMeansTheSecretByItsOwnName() throws Exception {
        SecretEvent event = read("""
                {'subscription': 'projects/p/subscriptions/s', 'message': {'messageId': '1', 'data': 'e30=', 'attributes': {
                 'eventType': 'SECRET_VERSION_ADD', 'dataFormat': 'JSON_API_V1', 'secretId': 'projects/123/secrets/jack',
                 'versionId': 'projects/123/secrets/jack/versions/2'}}}""");
        assertThat(event).isEqualTo(new SecretEvent("gcp", "jack", Set.of()));
        assertThat(event.means("jack")).isTrue();
        assertThat(event.means("projects/123/secrets/jack")).isFalse();
    }

    /** Projects are numbers in events, and only the name counts. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'secretId': 'projects/123/secrets/jack'",
                "'secretId': 'projects/my-project/secrets/jack'",
                "'secretId': 'projects/my-project/locations/europe-west1/secrets/jack'",
                "'secretId': 'projects/123/secrets/jack/versions/2'",
                "'versionId': 'projects/123/secrets/jack/versions/2'"
            })
    void pubSubMessageNamesTheSecretInEveryForm(String attribute) throws Exception {
        SecretEvent event = read("{'message': {'attributes': {'eventType': 'SECRET_VERSION_ADD', " + attribute + "}}}");
        assertThat(event.means("jack")).isTrue();
        assertThat(event.means("jac")).isFalse();
        assertThat(event.means("versions")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'subject': 'JACK', 'data': {}",
                "'subject': '', 'data': {'ObjectName': 'jack'}",
                "'subject': '', 'data': {'Id': 'https://V.vault.azure.net/secrets/Jack/0123456789abcdef0123456789abcdef'}",
                "'subject': '', 'data': {'Id': 'https://v.vault.azure.net/certificates/Jack/0123456789abcdef'}",
                "'subject': 'https://v.vault.azure.net/secrets/jack', 'data': {}"
            })
    void keyVaultEventNamesTheSecretInEveryForm(String names) throws Exception {
        SecretEvent event = read("{'eventType': 'Microsoft.KeyVault.SecretNewVersionCreated', " + names + "}");
        assertThat(event.means("jack")).isTrue();
        assertThat(event.means("Jack")).isTrue();
        assertThat(event.means("secrets")).isFalse();
        assertThat(event.means("0123456789abcdef0123456789abcdef")).isFalse();
    }

    @Test
    void keyVaultEventMeansTheSecretInAnyLetterCaseInBothSchemas() throws Exception {
        String data = "'subject': 'Jack', 'data': {'VaultName': 'v', 'ObjectType': 'Secret', 'ObjectName': 'Jack'}}";
        for (String kind : List.of("'eventType'", "'specversion': '1.0', 'type'")) {
            SecretEvent event = read("{" + kind + ": 'Microsoft.KeyVault.SecretNewVersionCreated', " + data);
            assertThat(event).isEqualTo(new SecretEvent("azure", "Jack", Set.of()));
            assertThat(event.means("jack")).isTrue();
        }
    }

    /** A rule with all CloudTrail events also reports our own fetches, which must not cause the next fetch. */
    @ParameterizedTest
    @ValueSource(strings = {"GetSecretValue", "BatchGetSecretValue", "DescribeSecret", "ListSecretVersionIds"})
    void callsThatOnlyReadAreNoChange(String call) throws Exception {
        assertThat(EventBridge.read(json("""
                {'source': 'aws.secretsmanager', 'detail-type': 'AWS API Call via CloudTrail', 'detail': {
                 'eventName': '%s', 'requestParameters': {'secretId': 'jack'}}}""".formatted(call)))).isNull();
    }

    @Test
    void testMessagesAndOtherKindsAreNoChange() throws Exception {
        assertThat(PubSub.read(json("{'message': {'attributes': {'eventType': 'TOPIC_CONFIGURED'}}}")))
                .isNull();
        assertThat(EventGrid.read(json("{'eventType': 'Microsoft.KeyVault.KeyNearExpiry', 'data': {}}")))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'message': {'attributes': {'eventType': 'SECRET_DELETE', 'secretId': 'jack'}}}",
                "{'message': {'data': 'e30='}}",
                "{'message': {'attributes': {'eventType': 'TOPIC_CONFIGURED'}}}",
                "{'eventType': 'Microsoft.Storage.BlobCreated', 'data': {}}",
                "{'type': 'Microsoft.KeyVault.SecretExpired', 'data': {}}",
                "{'detail-type': 'x'}",
                "{'detail-type': 'x', 'source': 'aws.secretsmanager', 'detail': {'requestParameters': {'secretId': 1}}}",
                "{'detail': [], 'source': 'aws.ec2'}",
                "{'specversion': '1.0'}",
                "{'data': {'event_type': 'database/rotate'}}",
                "{'data': {'event_type': 'kv-v2/data-write', 'event': {'metadata': {'path': null}}}}"
            })
    void shapesThatAreNotKnownAreSaidToBe(String body) {
        assertThatThrownBy(() -> SecretEvent.read(json(body))).isInstanceOf(UnreadableEventException.class);
    }
}
