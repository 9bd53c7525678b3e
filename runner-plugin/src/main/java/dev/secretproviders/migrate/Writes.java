package dev.secretproviders.migrate;

import dev.secretproviders.apisix.AdminApiException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Writes objects of the gateway and looks whether they arrived. */
final class Writes {
    private Writes() {}

    /** Writes an object. Returns what went wrong, or null if the gateway shows afterwards what was written. */
    static @Nullable String write(GatewayConsumers gateway, Place place, ObjectNode wanted)
            throws InterruptedException {
        String refusal = null;
        try {
            gateway.put(place, wanted);
        } catch (AdminApiException e) {
            refusal = String.valueOf(e.getMessage());
        }
        try {
            GatewayObject after = gateway.one(place);
            // A call without an answer may have arrived.
            if (after != null && after.holds(wanted)) {
                return null;
            }
            return refusal != null
                    ? refusal
                    : "the gateway shows something else than what was written, perhaps because another client wrote at the"
                            + " same moment: look at this object";
        } catch (AdminApiException e) {
            return "it is not known whether the gateway took it: " + (refusal == null ? e.getMessage() : refusal)
                    + "; run the command again";
        }
    }
}
