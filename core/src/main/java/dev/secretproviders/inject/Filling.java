package dev.secretproviders.inject;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.crypto.WipedBytes;
import dev.secretproviders.provider.AccessRules;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.InjectConfig.Place;
import dev.secretproviders.reference.template.ValueTemplate;
import dev.secretproviders.reference.template.ValueTemplate.Piece;
import dev.secretproviders.reference.template.WrittenReference;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.SecretReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Fills one slot with the values of its references, all as of one moment. Used once, by one thread. */
final class Filling {
    private final Slot slot;
    private final Resolver resolver;
    private final Map<SecretReference, Resolution> resolutions;
    private final List<InjectProblem> problems = new ArrayList<>();
    private final Set<HeldVersion> versions = new HashSet<>();

    private Filling(Slot slot, Resolver resolver) {
        this.slot = slot;
        this.resolver = resolver;
        this.resolutions = resolver.resolutions(slot.references());
    }

    static Filled of(Slot slot, Resolver resolver) {
        return new Filling(slot, resolver).fill();
    }

    /** Returns the references that a provider allows to inject. Others are not even asked for. */
    static Set<SecretReference> allowed(Slot slot, Resolver resolver) {
        Set<SecretReference> references = slot.references();
        references.removeIf(reference -> !allows(slot, reference, resolver));
        return references;
    }

    private static boolean allows(Slot slot, SecretReference reference, Resolver resolver) {
        ProviderPolicy policy = resolver.policy(reference.provider());
        AccessRules rules = policy == null ? AccessRules.CLOSED : policy.inject();
        return rules.allow(reference)
                || (slot.consumer != null && rules.allow(slot.consumer.name(), slot.consumer.labels(), reference));
    }

    private Filled fill() {
        InjectConfig config = slot.config;
        List<Header> headers = values(config.headers(), Place.HEADERS);
        List<Header> arguments = values(config.arguments(), Place.QUERY);
        List<Header> cookies = values(config.cookies(), Place.COOKIES);
        return problems.isEmpty()
                ? new Filled.Values(new Injected(headers, arguments), cookies, versions)
                : new Filled.Missing(problems);
    }

    private List<Header> values(List<InjectConfig.Entry> entries, Place place) {
        List<Header> values = new ArrayList<>();
        for (InjectConfig.Entry entry : entries) {
            String field = place.text() + "." + entry.name();
            byte[] value = bytes(field, entry.value().pieces());
            if (value != null) {
                String problem = FieldText.problem(place, value);
                if (problem == null) {
                    values.add(new Header(entry.name(), new String(value, StandardCharsets.UTF_8)));
                } else {
                    problems.add(new InjectProblem(
                            field, written(entry.value()), Reason.INJECT_ILLEGAL, "the value " + problem));
                }
                Arrays.fill(value, (byte) 0);
            }
        }
        return values;
    }

    private static @Nullable String written(ValueTemplate value) {
        List<WrittenReference> references = value.references();
        return references.size() == 1 ? references.getFirst().toString() : null;
    }

    private byte @Nullable [] bytes(String field, List<Piece> pieces) {
        WipedBytes all = new WipedBytes();
        boolean complete = true;
        for (Piece piece : pieces) {
            byte[] bytes = switch (piece) {
                case Piece.Text(String text) -> text.getBytes(StandardCharsets.UTF_8);
                case Piece.Secret(WrittenReference reference) -> value(field, reference);
                case Piece.Base64(List<Piece> inner) -> base64(bytes(field, inner));
            };
            if (bytes == null) {
                complete = false;
            } else {
                all.writeBytes(bytes);
                Arrays.fill(bytes, (byte) 0);
            }
        }
        byte[] value = complete ? all.toByteArray() : null;
        all.close();
        return value;
    }

    private static byte @Nullable [] base64(byte @Nullable [] plain) {
        if (plain == null) {
            return null;
        }
        byte[] encoded = Base64.getEncoder().encode(plain);
        Arrays.fill(plain, (byte) 0);
        return encoded;
    }

    /** Returns the value of the first alternative that exists, or null after noting why there is none. */
    private byte @Nullable [] value(String field, WrittenReference written) {
        InjectProblem problem = null;
        for (String alternative : written.alternatives()) {
            SecretReference reference = slot.expand(alternative);
            if (reference == null) {
                problem = new InjectProblem(
                        field,
                        alternative,
                        Reason.INJECT_NO_CONSUMER,
                        "the consumer's name cannot stand in a path; name a consumer with letters, digits, '-', '_' and '.'");
                break;
            }
            if (!allows(slot, reference, resolver)) {
                problem = forbidden(field, reference);
                break;
            }
            Resolution resolution = resolutions.get(reference);
            byte[] value = resolution == null ? null : value(resolution);
            if (value != null) {
                return value;
            }
            problem = unresolved(field, reference, resolution);
            if (resolution == null || !resolution.neverExisted()) {
                break;
            }
        }
        problems.add(Objects.requireNonNull(problem));
        return null;
    }

    private byte @Nullable [] value(Resolution resolution) {
        ResolvedValue current = resolution.current();
        byte[] value = current == null ? null : current.read(byte[]::clone);
        if (current != null && value != null) {
            versions.add(current.version());
        }
        return value;
    }

    private InjectProblem forbidden(String field, SecretReference reference) {
        if (resolver.policy(reference.provider()) == null) {
            return new InjectProblem(
                    field,
                    reference.toString(),
                    Reason.INJECT_UNRESOLVED,
                    "there is no provider '" + reference.provider() + "'; create it, or correct the reference");
        }
        return new InjectProblem(
                field,
                reference.toString(),
                Reason.INJECT_FORBIDDEN,
                "provider '" + reference.provider() + "' does not allow to send '" + reference.path()
                        + "' to upstreams; add a rule to its field inject, for example {\"paths\":[\""
                        + reference.path()
                        + "\"]}");
    }

    private static InjectProblem unresolved(String field, SecretReference reference, @Nullable Resolution resolution) {
        String problem = resolution == null ? null : resolution.problem();
        return new InjectProblem(
                field,
                reference.toString(),
                Reason.INJECT_UNRESOLVED,
                problem == null ? "is not resolved yet" : problem);
    }
}
