package dev.secretproviders.provider;

import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads credentials of providers: literals, kept as {@link Secret}, and references to local providers, followed at each
 * reading. References to remote providers are refused: two of them could wait for each other.
 */
final class ConfiguredCredentials implements ProviderReach.Limited, AutoCloseable {
    private final ProviderId owner;
    private final ProviderLimits limits;
    private final Set<ProviderId> defined;
    private final SortedSet<String> holders;
    private final Function<ProviderId, @Nullable SecretProvider> local;
    private final List<Secret> literals = new ArrayList<>();
    private final List<Usage> usages = new ArrayList<>();

    /**
     * Creates the credentials of one provider.
     *
     * @param owner whose they are
     * @param limits what the provider may reach
     * @param defined which providers there are, or will be
     * @param holders the managers that may hold credentials of others
     * @param local finds a provider that is in force now
     */
    ConfiguredCredentials(
            ProviderId owner,
            ProviderLimits limits,
            Set<ProviderId> defined,
            SortedSet<String> holders,
            Function<ProviderId, @Nullable SecretProvider> local) {
        this.owner = owner;
        this.limits = limits;
        this.defined = Set.copyOf(defined);
        this.holders = holders;
        this.local = local;
    }

    @Override
    public ProviderReach reach() {
        return limits;
    }

    /** Returns the references among them. */
    List<Usage> usages() {
        return List.copyOf(usages);
    }

    @Override
    public ProviderFactory.CredentialSource required(FieldValues values, Field field) {
        return source(values, field, values.text(field));
    }

    @Override
    public ProviderFactory.@Nullable CredentialSource optional(FieldValues values, Field field) {
        String text = values.optionalText(field);
        return text == null ? null : source(values, field, text);
    }

    @Override
    public void close() {
        literals.forEach(Secret::close);
    }

    private ProviderFactory.CredentialSource source(FieldValues values, Field of, String text) {
        String field = values.path(of);
        if (!SecretReference.isReference(text)) {
            Secret literal = Secret.ofUtf8(text);
            literals.add(literal);
            return () -> copy(literal);
        }
        try {
            SecretReference reference = SecretReference.parse(text);
            usages.add(new Usage(
                    Usage.ResourceType.PROVIDER, owner.toString(), null, null, field, reference.toString(), reference));
            if (!holders.contains(reference.provider().manager())) {
                values.problem(
                        of,
                        "may refer to providers of " + String.join(", ", holders) + " only, not to "
                                + reference.provider());
            } else if (!defined.contains(reference.provider())) {
                values.problem(of, "refers to " + reference.provider() + ", which is not defined");
            } else {
                SecretProvider provider = local.apply(reference.provider());
                if (provider != null) {
                    provider.addresses(reference);
                }
                return () -> follow(field, reference);
            }
        } catch (InvalidReferenceException e) {
            values.problem(of, String.valueOf(e.getMessage()));
        }
        return () -> {
            throw new ProviderException(Kind.CONFIGURATION, field + " holds a reference that cannot be followed");
        };
    }

    private Secret follow(String field, SecretReference reference) throws ProviderException, InterruptedException {
        SecretProvider provider = local.apply(reference.provider());
        if (provider == null) {
            throw unreadable(field, reference, "its provider is not ready");
        }
        String reason = "it has no meaning there";
        for (SecretAddress address : provider.addresses(reference)) {
            FetchResult result;
            try {
                result = provider.fetch(List.of(FetchRequest.of(address.path(), null)))
                        .get(address.path());
            } catch (ProviderException e) {
                throw unreadable(field, reference, e.getMessage());
            }
            switch (result) {
                case FetchResult.Found(SecretVersion version) -> {
                    try (ContentFields fields = ContentFields.of(version.content())) {
                        Secret value = fields.value(address.field());
                        if (value == null) {
                            throw unreadable(field, reference, "there is no such field");
                        }
                        return Transformation.apply(reference.transforms(), value);
                    } catch (UnfitValueException e) {
                        throw unreadable(field, reference, e.getMessage());
                    }
                }
                case FetchResult.Missing missing -> reason = missing.reason();
                case FetchResult.Gone gone -> throw unreadable(field, reference, gone.reason());
                case FetchResult.Failed failed ->
                    throw unreadable(field, reference, failed.cause().getMessage());
                case FetchResult.Unchanged _ -> throw unreadable(field, reference, "the provider gave no answer");
                case null -> throw unreadable(field, reference, "the provider gave no answer");
            }
        }
        throw unreadable(field, reference, reason);
    }

    private static ProviderException unreadable(String field, SecretReference reference, @Nullable String reason) {
        return new ProviderException(
                Kind.AUTHENTICATION, field + " refers to " + reference + ", which cannot be read: " + reason);
    }

    private static Secret copy(Secret secret) {
        return secret.use(bytes -> Secret.owning(bytes.clone()));
    }
}
