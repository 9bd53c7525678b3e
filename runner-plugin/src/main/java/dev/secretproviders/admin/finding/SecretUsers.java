package dev.secretproviders.admin.finding;

import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.consumer.GatewayInjection;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.WrittenReference;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.chain.ChainResolution;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who depends on some references, at one moment. Of a chain only the reference that counts is depended on. Not thread-safe.
 *
 * <p>References with {@code {consumer}} are left out: {@link InjectFindings} has one finding for all consumers.
 */
final class SecretUsers {
    private final Set<SecretReference> sought;
    private final Map<SecretReference, Resolution> resolutions;
    private final Map<SecretReference, Users> users = new HashMap<>();

    /** What depends on a reference. */
    enum Use {
        /** A credential of a consumer. */
        CREDENTIAL,
        /** A route or another object whose requests carry it to an upstream. */
        UPSTREAM,
        /** A certificate. */
        CERTIFICATE
    }

    /**
     * The users of a reference.
     *
     * @param subjects their names in findings
     * @param uses what they are
     */
    record Users(Set<String> subjects, Set<Use> uses) {}

    /**
     * Finds the users of some references.
     *
     * @param sought these references
     * @param certificates the uses of references by certificates
     */
    SecretUsers(
            Set<SecretReference> sought,
            ConsumerSnapshot gateway,
            List<Usage> certificates,
            Map<SecretReference, Resolution> resolutions) {
        this.sought = sought;
        this.resolutions = resolutions;
        for (var consumer : gateway.consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                add(credential.attribute(), consumer, credential);
                add(credential.proof(), consumer, credential);
            }
        }
        gateway.configuration().injections().forEach(this::add);
        for (Usage usage : certificates) {
            add(usage.reference(), "certificates/" + usage.id(), Use.CERTIFICATE);
        }
    }

    /** Returns the users of a reference, or null if there are none. */
    @Nullable
    Users of(SecretReference reference) {
        return users.get(reference);
    }

    private void add(
            @Nullable CredentialText text, dev.secretproviders.consumer.Consumer consumer, Credential credential) {
        SecretReference reference = switch (text) {
            case null -> null;
            case CredentialText.Literal _, CredentialText.LiteralValue _ -> null;
            case CredentialText.Referenced(SecretReference only) -> only;
            case CredentialText.Chained(ReferenceChain chain) -> counting(chain);
        };
        // Few are sought, so that the name of most credentials is not needed.
        if (reference != null && sought.contains(reference)) {
            add(reference, SecretFindings.subject(consumer, credential), Use.CREDENTIAL);
        }
    }

    private void add(GatewayInjection injection) {
        InjectConfig config = injection.config();
        if (config == null) {
            return;
        }
        String subject = injection.type().name().toLowerCase(Locale.ROOT) + "/" + injection.id();
        config.forEach((_, value) -> {
            for (WrittenReference written : value.references()) {
                ReferenceChain chain = chain(written);
                if (chain != null) {
                    add(counting(chain), subject, Use.UPSTREAM);
                }
            }
        });
    }

    /** Returns null if it stands for another secret for each consumer. */
    private static @Nullable ReferenceChain chain(WrittenReference written) {
        List<SecretReference> alternatives = new ArrayList<>();
        for (String alternative : written.alternatives()) {
            SecretReference reference =
                    WrittenReference.perConsumer(alternative) ? null : WrittenReference.expand(alternative, null);
            if (reference == null) {
                return null;
            }
            alternatives.add(reference);
        }
        return new ReferenceChain(alternatives);
    }

    private @Nullable SecretReference counting(ReferenceChain chain) {
        Resolution counts = ChainResolution.pick(chain, resolutions);
        return counts == null ? null : counts.reference();
    }

    private void add(@Nullable SecretReference reference, String subject, Use use) {
        if (reference != null && sought.contains(reference)) {
            Users its = users.computeIfAbsent(reference, _ -> new Users(new TreeSet<>(), EnumSet.noneOf(Use.class)));
            its.subjects().add(subject);
            its.uses().add(use);
        }
    }
}
