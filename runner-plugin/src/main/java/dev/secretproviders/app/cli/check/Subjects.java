package dev.secretproviders.app.cli.check;

import dev.secretproviders.app.cli.check.Subject.Configured;
import dev.secretproviders.consumer.CredentialKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Finds the objects in the files of APISIX, of ADC and of the APISIX Ingress Controller. */
final class Subjects {
    private static final String GROUP = "apisix.apache.org/";
    private static final String CREDENTIALS = "/credentials/";

    /** The controller's name, unless its configuration has another. */
    private static final String CONTROLLER = "apisix.apache.org/apisix-ingress-controller";

    /** The names of the kinds in an {@code ApisixConsumer}, as the controller's types spell them. */
    private static final Map<String, CredentialKind> AUTH_PARAMETERS = Map.of(
            "keyAuth", CredentialKind.KEY_AUTH,
            "basicAuth", CredentialKind.BASIC_AUTH,
            "jwtAuth", CredentialKind.JWT_AUTH,
            "hmacAuth", CredentialKind.HMAC_AUTH);

    private Subjects() {}

    /**
     * Returns the objects of {@code apisix.yaml} or {@code apisix.json}, which APISIX reads in standalone mode. Credentials are
     * in the list of the consumers, with an id such as {@code jack/credentials/one}.
     */
    static List<Subject> ofApisix(JsonNode root) {
        List<Subject> subjects = new ArrayList<>();
        Map<String, Map<String, String>> labels = new HashMap<>();
        root.path("consumers")
                .forEach(consumer -> labels.put(consumer.path("username").asString(""), labels(consumer)));
        root.forEachEntry((section, list) -> {
            int position = 0;
            for (JsonNode object : items(list)) {
                position++;
                String id = first(object, "id", "username", "name");
                String name = id == null ? "number " + position : id;
                if (!section.equals("consumers")) {
                    subjects.add(new Subject(singular(section) + " " + name, object));
                    continue;
                }
                int credential = name.indexOf(CREDENTIALS);
                String username = credential > 0
                        ? name.substring(0, credential)
                        : object.path("username").asString(name);
                subjects.add(new Subject(
                        credential > 0
                                ? "credential " + username + "/" + name.substring(credential + CREDENTIALS.length())
                                : "consumer " + username,
                        username,
                        labels.getOrDefault(username, Map.of()),
                        object,
                        ofPlugins(object.path("plugins"))));
            }
        });
        return subjects;
    }

    /** Returns the objects of a file of ADC ({@code libs/sdk/src/core/schema.ts}). */
    static List<Subject> ofAdc(JsonNode root) {
        List<Subject> subjects = new ArrayList<>();
        root.forEachEntry((section, objects) -> {
            if (objects.isObject()) {
                subjects.add(new Subject(section, objects));
            }
            int position = 0;
            for (JsonNode object : items(objects)) {
                position++;
                String name = first(object, "username", "name", "id");
                if (section.equals("consumers")) {
                    subjects.add(ofAdcConsumer(object));
                } else if (section.equals("consumer_groups")) {
                    object.path("consumers").forEach(consumer -> subjects.add(ofAdcConsumer(consumer)));
                    subjects.add(new Subject("consumer group " + name, object.path("plugins")));
                } else {
                    subjects.add(new Subject(
                            singular(section) + " " + (name == null ? "number " + position : name), object));
                }
            }
        });
        return subjects;
    }

    private static Subject ofAdcConsumer(JsonNode consumer) {
        List<Configured> credentials = ofPlugins(consumer.path("plugins"));
        credentials.addAll(ofCredentials(consumer.path("credentials")));
        String name = consumer.path("username").asString("");
        return new Subject("consumer " + name, name, labels(consumer), consumer, credentials);
    }

    /**
     * Returns the object of a manifest, none if it is not one of APISIX; the objects of a list.
     *
     * @param otherwise the namespace of an object that names none, or null if it is not known
     */
    static List<Subject> ofManifest(JsonNode root, @Nullable String otherwise) {
        if (root.path("kind").asString("").equals("List")) {
            List<Subject> subjects = new ArrayList<>();
            root.path("items").forEach(item -> subjects.addAll(ofManifest(item, otherwise)));
            return subjects;
        }
        if (!root.path("apiVersion").asString("").startsWith(GROUP)) {
            return List.of();
        }
        String kind = root.path("kind").asString("");
        JsonNode written = root.path("metadata").path("namespace");
        String namespace = written.isString() ? written.stringValue() : otherwise;
        String name = root.path("metadata").path("name").asString("");
        String title = kind + " " + (namespace == null ? "" : namespace + "/") + name;
        // As the controller composes it (api/adc/types.go, ComposeConsumerName).
        String consumer = namespace == null ? null : namespace + "_" + name;
        Map<String, String> labels = namespace == null ? Map.of() : labels(root, kind, namespace, name);
        JsonNode spec = root.path("spec");
        return switch (kind) {
            case "ApisixConsumer" -> {
                List<Configured> credentials = new ArrayList<>();
                AUTH_PARAMETERS.forEach((field, of) -> {
                    JsonNode value = spec.path("authParameter").path(field).path("value");
                    if (value.isObject()) {
                        credentials.add(new Configured(of, value));
                    }
                });
                yield List.of(new Subject(title, consumer, labels, root, credentials));
            }
            case "Consumer" ->
                List.of(new Subject(title, consumer, labels, root, ofCredentials(spec.path("credentials"))));
            default -> List.of(new Subject(title, root));
        };
    }

    /** Returns the labels that the controller gives a consumer (internal/controller/label/label.go): its own win. */
    private static Map<String, String> labels(JsonNode root, String kind, String namespace, String name) {
        Map<String, String> labels = labels(root.path("metadata"));
        labels.put("k8s/kind", kind);
        labels.put("k8s/namespace", namespace);
        labels.put("k8s/name", name);
        labels.put("k8s/controller-name", CONTROLLER);
        labels.put("manager-by", "apisix-ingress-controller");
        return labels;
    }

    private static List<Configured> ofPlugins(JsonNode plugins) {
        List<Configured> credentials = new ArrayList<>();
        for (CredentialKind kind : CredentialKind.values()) {
            if (plugins.path(kind.plugin()).isObject()) {
                credentials.add(new Configured(kind, plugins.path(kind.plugin())));
            }
        }
        return credentials;
    }

    /** Returns the credentials of a list with {@code type} and {@code config}. */
    private static List<Configured> ofCredentials(JsonNode list) {
        List<Configured> credentials = new ArrayList<>();
        for (JsonNode credential : list) {
            for (CredentialKind kind : CredentialKind.values()) {
                if (kind.plugin().equals(credential.path("type").asString(""))) {
                    credentials.add(new Configured(kind, credential.path("config")));
                }
            }
        }
        return credentials;
    }

    private static List<JsonNode> items(JsonNode list) {
        return list.isArray() ? list.valueStream().toList() : List.of();
    }

    private static Map<String, String> labels(JsonNode object) {
        Map<String, String> labels = new LinkedHashMap<>();
        object.path("labels").forEachEntry((name, value) -> labels.put(name, value.asString("")));
        return labels;
    }

    private static @Nullable String first(JsonNode object, String... names) {
        for (String name : names) {
            JsonNode value = object.path(name);
            if (value.isString() || value.isNumber()) {
                return value.asString();
            }
        }
        return null;
    }

    private static String singular(String section) {
        String words = section.replace('_', ' ');
        return words.endsWith("s") ? words.substring(0, words.length() - 1) : words;
    }
}
