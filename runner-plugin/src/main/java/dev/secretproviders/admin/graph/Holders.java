package dev.secretproviders.admin.graph;

import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The nodes that references are in. Not thread-safe. */
final class Holders {
    private final List<Usage> usages;
    /** By the id of a provider. */
    private final Map<String, List<Usage>> ofProviders = new HashMap<>();
    /** By the id of any other node; null until it is needed, since there may be thousands. */
    private @Nullable Map<String, List<Usage>> ofOthers;

    /** Creates the holders of these references. */
    Holders(List<Usage> usages) {
        this.usages = usages;
        for (Usage usage : usages) {
            if (usage.type() == ResourceType.PROVIDER) {
                add(usage, ofProviders);
            }
        }
    }

    private static void add(Usage usage, Map<String, List<Usage>> to) {
        to.computeIfAbsent(holder(usage), absent -> new ArrayList<>(1)).add(usage);
    }

    /** Returns the references in a node. */
    List<Usage> held(NodeType type, String id) {
        return switch (type) {
            case MANAGER, SECRET -> List.of();
            case PROVIDER -> ofProviders.getOrDefault(id, List.of());
            case CREDENTIAL, CONSUMER, ROUTE, SERVICE, CONSUMER_GROUP, PLUGIN_CONFIG, GLOBAL_RULE, SSL, CERTIFICATE ->
                others().getOrDefault(id, List.of());
        };
    }

    private Map<String, List<Usage>> others() {
        Map<String, List<Usage>> known = ofOthers;
        if (known == null) {
            known = HashMap.newHashMap(usages.size());
            for (Usage usage : usages) {
                if (usage.type() != ResourceType.PROVIDER) {
                    add(usage, known);
                }
            }
            ofOthers = known;
        }
        return known;
    }

    /** Returns the id of the node that a reference is in. */
    static String holder(Usage usage) {
        CredentialKind kind = CredentialKind.ofPath(usage.field());
        return switch (usage.type()) {
            case CONSUMER ->
                kind == null
                        ? NodeType.CONSUMER.id(usage.id())
                        : NodeType.CREDENTIAL.id(credentialName(usage.id(), null, kind));
            case CONSUMER_CREDENTIAL ->
                NodeType.CREDENTIAL.id(credentialName(
                        String.valueOf(usage.parent()), usage.id(), kind == null ? CredentialKind.KEY_AUTH : kind));
            case CONSUMER_GROUP, ROUTE, SERVICE, PLUGIN_CONFIG, GLOBAL_RULE, SSL, PROVIDER, CERTIFICATE ->
                NodeType.of(usage.type()).id(usage.id());
        };
    }

    /** Returns the name of a credential. A consumer may hold one of each kind, and a key has the consumer's name. */
    static String credentialName(String consumer, @Nullable String credential, CredentialKind kind) {
        if (credential != null) {
            return consumer + "/" + credential;
        }
        return kind == CredentialKind.KEY_AUTH ? consumer : consumer + "/(" + kind.label() + ")";
    }

    /** Returns the consumer in the name of a credential. */
    static String consumerOf(String credential) {
        int slash = credential.indexOf('/');
        return slash < 0 ? credential : credential.substring(0, slash);
    }
}
