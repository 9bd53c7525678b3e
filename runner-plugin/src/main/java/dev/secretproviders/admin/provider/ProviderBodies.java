package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.rest.Schema;

/** The schemas of request bodies about provider objects. */
final class ProviderBodies {
    static final Schema PATCH =
            Schema.object().about("The fields of a provider object that change; null removes a field.");
    static final Schema TEST = Schema.closed()
            .optional(
                    "path",
                    Schema.text().orNull(),
                    "A secret to read, as in a reference after the provider; its value is not shown.")
            .optional("value", Schema.provider(), "The object to test in place of the stored one.");

    private ProviderBodies() {}
}
