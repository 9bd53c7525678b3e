package dev.secretproviders.app.telemetry;

import dev.secretproviders.app.settings.Version;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;

/** Says which runner telemetry is from. */
final class TelemetryResource {
    static final String SCOPE = "dev.secretproviders";

    private TelemetryResource() {}

    /** Returns the resource of the runner with this name. */
    static Resource of(String runner) {
        return Resource.create(Attributes.of(
                AttributeKey.stringKey("service.name"),
                "secret-providers",
                AttributeKey.stringKey("service.version"),
                Version.text(),
                AttributeKey.stringKey("service.instance.id"),
                runner));
    }
}
