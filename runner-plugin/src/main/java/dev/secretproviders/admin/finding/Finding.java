package dev.secretproviders.admin.finding;

import dev.secretproviders.spi.ProviderId;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A condition that an operator should look at. It works but is risky, or a secret in use is missing.
 *
 * @param subjects the objects concerned: consumers, credentials, references, providers or routes
 * @param message what is wrong; {@link Kind#remedy} says what to do
 * @param providers the finding is shown to callers who may see all of these providers; empty if only unlimited callers
 *     may see it
 */
public record Finding(Kind kind, List<String> subjects, String message, Set<ProviderId> providers) {

    /** The kind of a finding. The API shows the names in lower case; they are stable. */
    public enum Kind {
        /** Several consumers have the same key. */
        SHARED_KEY(
                Urgency.CRITICAL, "Give each consumer a key of its own. The runner refuses the key until they differ."),
        /** Several references stand for the same value. */
        SHARED_VALUE(
                Urgency.NOTICE,
                "Give each secret a value of its own, or let all consumers refer to one of the secrets."),
        SHORT_KEY(
                Urgency.WARNING,
                "Write a random key of 32 characters or more. For local secrets, generate a new version."),
        NOT_ROTATED(
                Urgency.NOTICE,
                "Write a new version of the secret at its manager. Clients may use both versions during the overlap."),
        /** Requests pass without authentication while the runner cannot be reached. */
        DEGRADATION(Urgency.CRITICAL, "Set allow_degradation to false in the gateway's object."),
        /** A provider's budget is too small to confirm its secrets in time. */
        BUDGET(Urgency.WARNING, "Raise budget.fetches_per_minute or cache.stale_ttl of the provider."),
        /** The manager says that the secret of a reference in use does not exist or was deleted. */
        MISSING_SECRET(
                Urgency.CRITICAL,
                "Write the secret at its manager, or correct the reference. Then refresh the reference."),
        /** A reference in use has no usable value, because the manager could not be asked for too long. */
        EXPIRED_SECRET(
                Urgency.CRITICAL,
                "Test the provider: the test names the step that fails. Then make its manager reachable."),
        /** A reference in use stands for a version that was revoked. */
        REVOKED_SECRET(
                Urgency.CRITICAL,
                "Write a new version of the secret at its manager. If the revocation was a mistake, withdraw it."),
        /** The manager has not answered for half of the time after which the value is refused. */
        SOON_STALE_SECRET(
                Urgency.WARNING,
                "Test the provider: the test names the step that fails. Then make its manager reachable."),
        /** A reference in use cannot be resolved: its provider does not exist or does not understand its path. */
        BROKEN_REFERENCE(Urgency.CRITICAL, "Create the provider, or correct the reference."),
        /** A secret in use has a form that cannot prove its credential, such as a damaged public key. */
        UNUSABLE_SECRET(
                Urgency.CRITICAL, "Write a value of the right form at its manager, or into the gateway's object."),
        /** A secret in use is weaker than the standard of its algorithm demands. */
        WEAK_SECRET(
                Urgency.WARNING,
                "Write a new secret or key of the length that the message names, and give it to the clients."),
        /** A credential in force ends soon. */
        CREDENTIAL_ENDS(
                Urgency.WARNING, "Give the client a new credential, or write a later expires_at where the old one is."),
        /** A credential has ended, so it is refused. */
        CREDENTIAL_ENDED(Urgency.WARNING, "Delete the credential, or write a later expires_at where the old one is."),
        /** The times of a credential cannot be read, so it is refused. */
        UNREADABLE_VALIDITY(Urgency.CRITICAL, "Correct the label or the field that the message names."),
        /** A configuration of secret-inject is wrong, so its requests get 503. */
        INJECT_CONFIG(Urgency.CRITICAL, "Correct the field that the message names, in the gateway's object."),
        /** A provider does not allow to send a secret to upstreams, so requests get 503. */
        INJECT_FORBIDDEN(
                Urgency.CRITICAL,
                "Add a rule to the field inject of the provider, or take the reference out of the gateway's object."),
        /** The value of a secret cannot stand in a request, so requests get 503. */
        INJECT_ILLEGAL(Urgency.CRITICAL, "Correct the value at its manager, or put the reference into base64(...)."),
        /** A secret for an upstream has no usable value, so requests get 503. */
        INJECT_UNRESOLVED(
                Urgency.CRITICAL,
                "Write the secret at its manager, or correct the reference. If the manager does not answer, test the provider."),
        /** Some consumers have no secret of their own for an upstream, so their requests get 503. */
        INJECT_CONSUMER(
                Urgency.NOTICE,
                "If these consumers use the route, write their secrets, or name a shared one after ||."),
        /** A consumer or credential was left out, or its keys cannot be decrypted. */
        CONSUMER_PROBLEM(Urgency.CRITICAL, "Correct the object in the gateway's configuration."),
        /** One address, or one IPv6 network, tried many wrong keys. */
        MANY_WRONG_KEYS(
                Urgency.WARNING, "Limit the address in the gateway, with the plugins limit-req or ip-restriction."),
        /** One wrong key came from many addresses. */
        WRONG_KEY_FROM_MANY(
                Urgency.WARNING,
                "Find out whose key it was. If it was rotated or deleted, give its clients the new key."),
        /** A certificate in force ends soon. */
        CERTIFICATE_ENDS(
                Urgency.WARNING,
                "Write a renewed certificate at its manager. For one that a provider issues, look at the problem of the"
                        + " certificate."),
        /** A certificate in force has ended. */
        CERTIFICATE_ENDED(Urgency.CRITICAL, "Write a renewed certificate at its manager, then refresh the provider."),
        /** What the references of a certificate stand for failed a check. What is in the gateway stays. */
        CERTIFICATE_REFUSED(
                Urgency.CRITICAL,
                "Correct the certificate at its manager, as the message says, then refresh the provider."),
        /** A certificate is not in the gateway as it should be. */
        CERTIFICATE_NOT_WRITTEN(
                Urgency.CRITICAL, "Do what the message says. The runner then writes the certificate by itself."),
        /** Something else changed or deleted a certificate in the gateway. */
        CERTIFICATE_DRIFT(
                Urgency.WARNING,
                "Find out what else writes ssl objects, and stop it, or set delivery to adc. The audit log has the times."),
        /** A stored object has a reference that the configuration does not allow. */
        REFERENCE_NOT_ALLOWED(
                Urgency.WARNING,
                "Add the reference to providers.references.allow, or write another credential into the provider."),
        /** A stored object holds the mask in place of a secret. */
        LOST_SECRET(Urgency.CRITICAL, "Write the value into the provider again."),
        /** A provider reaches beyond what the configuration allows now. */
        PROVIDER_LIMITS(Urgency.WARNING, "Change the field of the provider, or allow it in the configuration."),
        /** Routes rely on the companion, and no worker of APISIX follows the runner. */
        UNGUARDED_ROUTES(
                Urgency.CRITICAL,
                "Send a request without a credential to such a route. If it passes, add the plugins to APISIX's list of plugins"
                        + " and restart it. If it gets 503, correct the socket in APISIX's configuration."),
        /** APISIX has not loaded a plugin of the companion that its configuration names. */
        PLUGIN_NOT_LOADED(
                Urgency.CRITICAL,
                "Add the plugin to the list of plugins in APISIX's configuration, and restart APISIX."),
        /** A node of APISIX has another configuration than the one in force. */
        GATEWAY_DIFFERS(
                Urgency.WARNING,
                "Look at what pushes the configuration to this node. If the node is gone, remove its address from"
                        + " consumers.standalone-api.addresses.");

        private final Urgency urgency;
        private final String remedy;

        Kind(Urgency urgency, String remedy) {
            this.urgency = urgency;
            this.remedy = remedy;
        }

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Returns how soon an operator should act on it. */
        public Urgency urgency() {
            return urgency;
        }

        /** Returns what an operator can do about it, in one or two sentences. */
        public String remedy() {
            return remedy;
        }
    }

    /**
     * What stays the same about a finding while its message and its other subjects change.
     *
     * @param detail tells findings of one kind and subject apart; empty if there is one at most
     */
    record Identity(Kind kind, String subject, String detail) {}

    Identity identity() {
        String subject = subjects.isEmpty() ? "" : subjects.getFirst();
        return switch (kind) {
            // There may be one for each field or problem of an object.
            case CONSUMER_PROBLEM,
                    REFERENCE_NOT_ALLOWED,
                    LOST_SECRET,
                    PROVIDER_LIMITS,
                    INJECT_CONFIG,
                    INJECT_FORBIDDEN,
                    INJECT_ILLEGAL,
                    INJECT_UNRESOLVED,
                    INJECT_CONSUMER,
                    PLUGIN_NOT_LOADED -> new Identity(kind, subject, message);
            case SHARED_KEY,
                    SHARED_VALUE,
                    SHORT_KEY,
                    NOT_ROTATED,
                    DEGRADATION,
                    BUDGET,
                    MISSING_SECRET,
                    EXPIRED_SECRET,
                    REVOKED_SECRET,
                    SOON_STALE_SECRET,
                    BROKEN_REFERENCE,
                    UNUSABLE_SECRET,
                    WEAK_SECRET,
                    CREDENTIAL_ENDS,
                    CREDENTIAL_ENDED,
                    UNREADABLE_VALIDITY,
                    MANY_WRONG_KEYS,
                    WRONG_KEY_FROM_MANY,
                    CERTIFICATE_ENDS,
                    CERTIFICATE_ENDED,
                    CERTIFICATE_REFUSED,
                    CERTIFICATE_NOT_WRITTEN,
                    CERTIFICATE_DRIFT,
                    UNGUARDED_ROUTES,
                    GATEWAY_DIFFERS -> new Identity(kind, subject, "");
        };
    }

    public Finding {
        subjects = List.copyOf(subjects);
        providers = Set.copyOf(providers);
    }

    /** Creates a finding that only unlimited callers may see. */
    Finding(Kind kind, List<String> subjects, String message) {
        this(kind, subjects, message, Set.of());
    }
}
