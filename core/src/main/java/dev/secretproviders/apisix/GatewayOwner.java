package dev.secretproviders.apisix;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Tells by labels whether something else than an operator writes an object of the gateway. */
public final class GatewayOwner {
    /** The kinds of objects on which they leave labels, besides consumers and {@code ssls}. */
    public static final List<String> LABELLED =
            List.of("services", "routes", "upstreams", "stream_routes", "consumer_groups");

    private GatewayOwner() {}

    /**
     * Returns why something else owns the gateway, or null if the labels of the object do not say so.
     *
     * @param place what the object is called in the message, for example {@code ssls/one}
     */
    public static @Nullable String of(String place, JsonNode object) {
        Map<String, String> labels = new LinkedHashMap<>();
        object.path("labels")
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asString("")));
        return of(place, labels);
    }

    /**
     * Does the same.
     *
     * @param labels the labels of the object
     */
    public static @Nullable String of(String place, Map<String, String> labels) {
        for (Map.Entry<String, String> label : labels.entrySet()) {
            String name = label.getKey();
            String value = label.getValue();
            // internal/controller/label/label.go and api/adc/types.go of the Ingress Controller.
            if (name.startsWith("k8s/")
                    || ((name.equals("managed-by") || name.equals("manager-by"))
                            && value.contains("ingress-controller"))) {
                return place + " carries the label " + name + ": the APISIX Ingress Controller owns this gateway";
            }
            // libs/backend-apisix/src/{transformer,typing}.ts of ADC.
            if (name.startsWith("__ADC_") || name.equals("ADC_NAME")) {
                return place + " carries the label " + name + ": ADC owns this gateway";
            }
        }
        return null;
    }
}
