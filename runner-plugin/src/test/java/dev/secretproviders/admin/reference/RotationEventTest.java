package dev.secretproviders.admin.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Json;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events of secret managers, as they send them. */
class RotationEventTest {
    private static RotationEvent read(String body) {
        return Objects.requireNonNull(RotationEvent.read(Json.parsed(body)));
    }

    @Test
    void putSecretValueOverCloudTrailMeansTheSecretByNameOrArn() {
        RotationEvent byName = read("""
                {'version': '0', 'source': 'aws.secretsmanager', 'detail-type': 'AWS API Call via CloudTrail',
                 'resources': [], 'detail': {'eventName': 'PutSecretValue', 'requestParameters': {'secretId': 'prod/jack'}}}""");
        assertThat(byName.manager()).isEqualTo("aws");
        assertThat(byName.means("prod/jack")).isTrue();
        assertThat(byName.means("jack")).isFalse();
        RotationEvent byArn = read("""
                {'source': 'aws.secretsmanager', 'detail-type': 'AWS API Call via CloudTrail', 'detail': {'requestParameters':
                 {'secretId': 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/jack-a1B2c3'}}}""");
        assertThat(byArn.means("prod/jack")).isTrue();
        assertThat(byArn.means("prod/jac")).isFalse();
        assertThat(byArn.means("prod/jack-a")).isFalse();
    }

    @Test
    void rotationSucceededNamesTheSecretInItsEventDataOrResources() {
        assertThat(read("""
                        {'source': 'aws.secretsmanager', 'detail-type': 'AWS Service Event via CloudTrail', 'detail': {
                         'eventName': 'RotationSucceeded', 'additionalEventData':
                         {'SecretId': 'arn:aws:secretsmanager:eu-west-1:1:secret:jack-a1B2c3'}}}""").means("jack")).isTrue();
        assertThat(read("""
                        {'source': 'aws.secretsmanager', 'detail-type': 'Secret Rotated', 'detail': {},
                         'resources': ['arn:aws:secretsmanager:eu-west-1:1:secret:jack-a1B2c3']}""").means("jack")).isTrue();
    }

    @Test
    void vaultNotificationMeansThePathBelowMountAndPrefix() {
        RotationEvent event = read("""
                {'specversion': '1.0', 'type': '*', 'data': {'event_type': 'kv-v2/data-write',
                 'event': {'metadata': {'path': 'secret/data/apisix/jack', 'operation': 'data-write'}}}}""");
        assertThat(event.manager()).isEqualTo("vault");
        assertThat(event.means("jack")).isTrue();
        assertThat(event.means("apisix/jack")).isTrue();
        assertThat(event.means("ack")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'detail-type': 'x'}",
                "{'detail-type': 'x', 'source': 'aws.secretsmanager', 'detail': {'requestParameters': {'secretId': 1}}}",
                "{'detail': [], 'source': 'aws.ec2'}",
                "{'specversion': '1.0'}",
                "{'data': {'event_type': 'database/rotate'}}",
                "{'data': {'event_type': 'kv-v2/data-write', 'event': {'metadata': {'path': null}}}}"
            })
    void shapesThatAreNotKnownAreSaidToBe(String body) {
        assertThatThrownBy(() -> RotationEvent.read(Json.parsed(body)))
                .isInstanceOfSatisfying(
                        AdminProblemException.class,
                        problem -> assertThat(problem.status()).isEqualTo(400));
    }
}
