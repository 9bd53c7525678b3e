package dev.secretproviders.admin.graph;

import dev.secretproviders.reference.Usage.ResourceType;
import java.util.Locale;

/** The kind of a node. The API shows the names in lower case; they are stable. */
enum NodeType {
    MANAGER,
    PROVIDER,
    SECRET,
    CREDENTIAL,
    CONSUMER,
    ROUTE,
    SERVICE,
    CONSUMER_GROUP,
    PLUGIN_CONFIG,
    GLOBAL_RULE,
    SSL,
    CERTIFICATE;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** Returns the id of a node of this type. */
    String id(String name) {
        return text() + "/" + name;
    }

    String text() {
        return text;
    }

    static NodeType of(ResourceType type) {
        return switch (type) {
            case CONSUMER -> CONSUMER;
            case CONSUMER_CREDENTIAL -> CREDENTIAL;
            case CONSUMER_GROUP -> CONSUMER_GROUP;
            case ROUTE -> ROUTE;
            case SERVICE -> SERVICE;
            case PLUGIN_CONFIG -> PLUGIN_CONFIG;
            case GLOBAL_RULE -> GLOBAL_RULE;
            case SSL -> SSL;
            case PROVIDER -> PROVIDER;
            case CERTIFICATE -> CERTIFICATE;
        };
    }
}
