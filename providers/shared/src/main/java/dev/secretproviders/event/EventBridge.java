package dev.secretproviders.event;

import static dev.secretproviders.event.SecretEvent.text;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Events of AWS Secrets Manager, as EventBridge sends them ({@code source: aws.secretsmanager}).
 *
 * @see <a href="https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-eventbridge.html">Match Secrets
 *     Manager events</a>
 */
public final class EventBridge {
    static final String MANAGER = "aws";
    private static final String SOURCE = "aws.secretsmanager";

    /** Calls that only read. CloudTrail reports them where a rule asks for all events; so does each fetch of ours. */
    private static final Pattern READS = Pattern.compile("(Get|BatchGet|Describe|List|Validate)[A-Za-z]*");

    /** Where the detail names the secret. */
    private static final List<String> PLACES = List.of("requestParameters", "additionalEventData", "responseElements");

    /** In lower case: CloudTrail writes the ARN of an answer as {@code arn}, {@code aRN} or {@code ARN}. */
    private static final Set<String> FIELDS = Set.of("secretid", "arn", "name");

    private EventBridge() {}

    static boolean claims(JsonNode body) {
        return body.has("detail-type") || body.has("detail");
    }

    /**
     * Reads an event.
     *
     * @return null for a call that changes nothing
     * @throws UnreadableEventException if it is no event about a secret
     */
    public static @Nullable SecretEvent read(JsonNode body) throws UnreadableEventException {
        JsonNode detail = body.path("detail");
        if (!text(body.path("source")).equals(SOURCE)) {
            throw new UnreadableEventException("source: expected " + SOURCE + " in an EventBridge event");
        }
        if (READS.matcher(text(detail.path("eventName"))).matches()) {
            return null;
        }
        Set<String> secrets = new LinkedHashSet<>();
        for (String place : PLACES) {
            addNames(detail.path(place), secrets);
        }
        body.path("resources").values().forEach(resource -> secrets.add(text(resource)));
        secrets.remove("");
        if (secrets.isEmpty()) {
            throw new UnreadableEventException(
                    "an EventBridge event names its secret in detail.requestParameters.secretId,"
                            + " detail.additionalEventData.SecretId or resources; this one does not");
        }
        return SecretEvent.of(MANAGER, secrets);
    }

    /** Adds every name: a call by name has the ARN in its answer only, and a reference may use either. */
    private static void addNames(JsonNode place, Set<String> secrets) {
        place.properties().forEach(field -> {
            if (FIELDS.contains(field.getKey().toLowerCase(Locale.ROOT))) {
                secrets.add(text(field.getValue()));
            }
        });
    }
}
