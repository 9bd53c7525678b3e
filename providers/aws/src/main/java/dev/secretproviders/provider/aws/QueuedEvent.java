package dev.secretproviders.provider.aws;

import dev.secretproviders.event.EventBridge;
import dev.secretproviders.event.SecretEvent;
import dev.secretproviders.event.UnreadableEventException;
import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.spi.SecretPath;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A message of the queue: an EventBridge event, as it is or in the envelope of SNS, which serves several queues. */
final class QueuedEvent {
    private static final JsonMapper JSON = SecretJson.mapper().build();

    /** The stages that AWS itself moves; null stands for the current version without a stage. */
    private static final List<String> STAGES = List.of("AWSCURRENT", "AWSPREVIOUS", "AWSPENDING");

    private QueuedEvent() {}

    /**
     * Returns the secrets that may have changed, by each name that a reference may use.
     *
     * @param asked the secrets that references use
     * @return empty if the event changes nothing; null if the text is no event of Secrets Manager
     */
    static @Nullable Set<SecretPath> secrets(String text, AskedPaths asked) {
        try {
            JsonNode body = JSON.readTree(text);
            if (body.path("Type").asString("").equals("Notification")
                    && body.path("Message").isString()) {
                body = JSON.readTree(body.path("Message").stringValue());
            }
            SecretEvent event = EventBridge.read(body);
            return event == null ? Set.of() : paths(event, asked);
        } catch (JacksonException | UnreadableEventException e) {
            return null;
        }
    }

    private static Set<SecretPath> paths(SecretEvent event, AskedPaths asked) {
        Set<SecretPath> paths = asked.meantBy(event);
        for (String name : event.names()) {
            paths.add(SecretPath.current(name));
            STAGES.forEach(stage -> paths.add(new SecretPath(name, null, stage)));
        }
        return paths;
    }
}
