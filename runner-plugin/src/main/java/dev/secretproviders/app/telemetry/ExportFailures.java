package dev.secretproviders.app.telemetry;

import dev.secretproviders.provider.shared.Causes;
import io.opentelemetry.sdk.common.CompletableResultCode;

/** Says why an export failed, without quoting what the collector answered. */
final class ExportFailures {
    private ExportFailures() {}

    static String words(CompletableResultCode result) {
        Throwable failure = result.getFailureThrowable();
        if (!result.isDone() || failure == null) {
            return "no answer in time";
        }
        return failure.getCause() == null
                ? "it answered with an error; its own log says why"
                : "no answer: " + Causes.words(failure);
    }
}
