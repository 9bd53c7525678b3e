package dev.secretproviders.consumer;

import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.WrittenReference;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place in the gateway's configuration where secrets for upstreams are named.
 *
 * @param type the kind of resource
 * @param id the id of the resource
 * @param name the display name of the resource, or null
 * @param parent the id of the resource that it belongs to, or null
 * @param field the field that holds the configuration, such as {@code plugins.secret-inject}
 * @param config the configuration; null if it is wrong
 * @param problem what is wrong with it, or null
 */
public record GatewayInjection(
        Usage.ResourceType type,
        String id,
        @Nullable String name,
        @Nullable String parent,
        String field,
        @Nullable InjectConfig config,
        @Nullable String problem) {
    private static final Pattern FIELD = Pattern.compile(
            "^plugins\\.(secret-inject|ext-plugin-(pre|post)-req\\.conf\\[\\d+]\\.value)\\.(headers|query|cookies)\\.");

    /** Returns whether a use of a reference is one of an injection, so that the runner resolves it. */
    public static boolean uses(Usage usage) {
        return FIELD.matcher(usage.field()).find();
    }

    /** Returns its uses of references. A reference with {@code {consumer}} is one use, with the placeholder in its path. */
    List<Usage> usages() {
        List<Usage> usages = new ArrayList<>();
        if (config != null) {
            config.forEach((entry, value) -> {
                for (WrittenReference written : value.references()) {
                    for (String alternative : written.alternatives()) {
                        usages.add(new Usage(
                                type,
                                id,
                                name,
                                parent,
                                field + "." + entry,
                                alternative,
                                WrittenReference.expand(alternative, null)));
                    }
                }
            });
        }
        return usages;
    }
}
