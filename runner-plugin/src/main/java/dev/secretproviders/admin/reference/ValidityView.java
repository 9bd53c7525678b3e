package dev.secretproviders.admin.reference;

import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.bounds.CurrentValidity;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.validity.Validity;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * What answers say of when credentials count.
 *
 * @param directory has the clock that decides
 */
public record ValidityView(CredentialDirectory directory, Resolver resolver) {
    static final Schema STATES = Schema.choice(Validity.State.class);

    static final Schema SCHEMA = Schema.object()
            .required(
                    "state",
                    STATES,
                    "valid: it counts now. not_yet: its time has not begun. expired: its time is over. disabled: it is switched off. unreadable: its labels or fields are wrong, so it is refused.")
            .required("not_before", Schema.time().orNull(), "From when on it counts; null for always.")
            .required("expires_at", Schema.time().orNull(), "From when on it no longer counts; null for never.")
            .optional("problem", Schema.text(), "What is wrong with its labels or fields.")
            .named("Validity");

    /** Returns the state of a credential, as the schema names it. */
    String state(Credential credential) {
        return name(of(credential), directory.clock());
    }

    void describe(ObjectNode node, Credential credential) {
        put(node, "validity", of(credential), directory.clock());
    }

    /** Adds an object with a validity, and its state now. */
    public static void put(ObjectNode node, String field, Validity validity, InstantSource clock) {
        ObjectNode shown = node.putObject(field);
        shown.put("state", name(validity, clock));
        Json.put(shown, "not_before", validity.begin());
        Json.put(shown, "expires_at", validity.end());
        if (validity.problem() != null) {
            shown.put("problem", validity.problem());
        }
    }

    private static String name(Validity validity, InstantSource clock) {
        return validity.at(clock.millis()).name().toLowerCase(Locale.ROOT);
    }

    private Validity of(Credential credential) {
        return CurrentValidity.of(credential, resolver.resolutions(Set.copyOf(credential.references())));
    }
}
