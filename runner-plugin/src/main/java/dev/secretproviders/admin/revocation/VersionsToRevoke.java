package dev.secretproviders.admin.revocation;

import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;

/**
 * Finds the version that an operator wants to deny, and refuses one that does not exist. Otherwise an operator could
 * believe that a leaked version is denied after a typing error. Uses the versions in this runner's memory, and else
 * asks the manager.
 *
 * <p>Thread-safe. Blocks for I/O.
 */
final class VersionsToRevoke {
    static final String CURRENT = "current";
    static final String PREVIOUS = "previous";
    static final String ALL = "all";

    private final Resolver resolver;

    VersionsToRevoke(Resolver resolver) {
        this.resolver = resolver;
    }

    /**
     * Demands that a secret of the provider can have this name. Does not ask the manager.
     *
     * @throws AdminProblemException 404 if no secret can
     */
    static void requireName(SecretProvider provider, String path) {
        SecretPath _ = secret(provider, path, null);
    }

    /**
     * Finds a version.
     *
     * @param path the secret's name as the provider knows it
     * @param wanted a version's name, or {@code current}, {@code previous} or {@code all}
     * @return its name, or null for all versions
     * @throws AdminProblemException 404 if there is no such secret or version, 409 if the manager names no versions,
     *     503 if the manager cannot be asked
     */
    @Nullable
    String find(SecretProvider provider, String path, String wanted) throws InterruptedException {
        SecretPath secret = secret(provider, path, null);
        HeldVersion.OfSecret held = resolver.held(provider.id(), path);
        return switch (wanted) {
            case ALL -> {
                if (held.current() == null
                        && held.previous().isEmpty()
                        && held.pinned().isEmpty()) {
                    String _ = ask(provider, secret);
                }
                yield null;
            }
            case CURRENT -> named(current(provider, secret, held));
            case PREVIOUS -> previous(provider, secret, held);
            default -> byName(provider, secret, wanted, held);
        };
    }

    private static String named(@Nullable String version) {
        String name = version == null ? null : ContentDigester.sharedName(version);
        if (name == null) {
            throw new AdminProblemException(
                    409,
                    "version: this manager names no versions that other runners would know; rotate the secret there,"
                            + " or revoke all");
        }
        return name;
    }

    /** Returns the provider's name of the current version. */
    private String current(SecretProvider provider, SecretPath secret, HeldVersion.OfSecret held)
            throws InterruptedException {
        if (held.current() != null) {
            return held.current().id();
        }
        String current = ask(provider, secret);
        if (current == null) {
            throw unknown(provider, secret, "its current version was deleted or destroyed", held);
        }
        return current;
    }

    private String previous(SecretProvider provider, SecretPath secret, HeldVersion.OfSecret held)
            throws InterruptedException {
        if (!held.previous().isEmpty()) {
            return named(held.previous().getFirst().id());
        }
        String current = current(provider, secret, held);
        String _ = named(current);
        try {
            SecretVersion previous = provider.fetchPrevious(secret, current);
            if (previous != null) {
                previous.content().close();
                return named(previous.id());
            }
        } catch (ProviderException | RuntimeException e) {
            throw unreachable(provider, e);
        }
        throw unknown(provider, secret, "none before the current one can be read", held);
    }

    private String byName(SecretProvider provider, SecretPath secret, String wanted, HeldVersion.OfSecret held)
            throws InterruptedException {
        if (held.current() != null) {
            String _ = named(held.current().id());
        }
        if (names(held).contains(wanted)) {
            return wanted;
        }
        SecretPath pinned;
        try {
            pinned = secret(provider, secret.name(), wanted);
        } catch (AdminProblemException e) {
            throw unknown(provider, secret, "the manager has no versions of that name", held);
        }
        return switch (fetch(provider, pinned)) {
            case FetchResult.Found(SecretVersion version) -> {
                version.content().close();
                String found = ContentDigester.sharedName(version.id());
                if (found == null || !found.equalsIgnoreCase(wanted)) {
                    throw unknown(provider, secret, "the manager has another one", held);
                }
                yield found;
            }
            // It existed and may return: some managers can undelete.
            case FetchResult.Gone _ -> wanted;
            case FetchResult.Missing(String reason) -> throw unknown(provider, secret, reason, held);
            case FetchResult.Failed(ProviderException cause)
            when cause.kind() == Kind.CONFIGURATION ->
                throw new AdminProblemException(409, "version: " + cause.getMessage());
            case FetchResult.Failed(ProviderException cause) -> throw unreachable(provider, cause);
            case FetchResult.Unchanged _ -> throw new IllegalStateException("nothing was known");
        };
    }

    /** Asks for the provider's name of the current version. Returns null if the secret is gone. */
    private static @Nullable String ask(SecretProvider provider, SecretPath secret) throws InterruptedException {
        return switch (fetch(provider, secret)) {
            case FetchResult.Found(SecretVersion version) -> {
                version.content().close();
                yield version.id();
            }
            case FetchResult.Gone _ -> null;
            case FetchResult.Missing(String reason) -> throw AdminProblemException.notFound("path: " + reason);
            case FetchResult.Failed(ProviderException cause) -> throw unreachable(provider, cause);
            case FetchResult.Unchanged _ -> throw new IllegalStateException("nothing was known");
        };
    }

    private static FetchResult fetch(SecretProvider provider, SecretPath secret) throws InterruptedException {
        try {
            return Objects.requireNonNull(
                    provider.fetch(List.of(FetchRequest.of(secret, null))).get(secret));
        } catch (ProviderException e) {
            return new FetchResult.Failed(e);
        } catch (RuntimeException e) {
            return new FetchResult.Failed(new ProviderException(
                    Kind.INVALID_ANSWER, "unexpected " + e.getClass().getName() + " in the provider"));
        }
    }

    /** Returns the secret by the path that references to it use. Denying any other spelling would have no effect. */
    private static SecretPath secret(SecretProvider provider, String path, @Nullable String version) {
        String scheme = SecretReference.beginning(provider.id());
        for (String field : List.of("/x", "")) {
            try {
                String text = scheme + path + field + (version == null ? "" : "?version=" + version);
                for (SecretAddress address : provider.addresses(SecretReference.parse(text))) {
                    if (address.path().name().equals(path)) {
                        return address.path();
                    }
                }
            } catch (RuntimeException e) {
                // Not a reference of this provider. Try the other form.
            }
        }
        throw AdminProblemException.notFound("path: no secret of " + provider.id()
                + " can have this name; use the name that GET /admin/references and explain show");
    }

    private static AdminProblemException unreachable(SecretProvider provider, Exception cause) {
        String why = cause instanceof ProviderException told
                ? String.valueOf(told.getMessage())
                : "unexpected " + cause.getClass().getName() + " in the provider";
        return new AdminProblemException(
                503,
                "nothing was denied: whether there is such a version cannot be asked of " + provider.id() + " (" + why
                        + "); to deny it anyway, repeat with \"unchecked\": true and the version's own name, or all");
    }

    private static AdminProblemException unknown(
            SecretProvider provider, SecretPath secret, String why, HeldVersion.OfSecret held)
            throws InterruptedException {
        Set<String> there = new LinkedHashSet<>();
        try {
            there.addAll(provider.versions(secret.name()));
        } catch (ProviderException | RuntimeException e) {
            // The versions in memory are listed anyway.
        }
        there.addAll(names(held));
        ArrayNode versions = Json.array();
        there.forEach(versions::add);
        return new AdminProblemException(
                404,
                "version: '" + provider.id() + "/" + secret.name() + "' has no such version (" + why + "); it has "
                        + (there.isEmpty() ? "none that is known here" : String.join(", ", there)),
                Map.of("versions", versions));
    }

    private static List<String> names(HeldVersion.OfSecret held) {
        List<HeldVersion> all = new ArrayList<>();
        if (held.current() != null) {
            all.add(held.current());
        }
        all.addAll(held.previous());
        all.addAll(held.pinned());
        return all.stream()
                .flatMap(version -> Stream.ofNullable(version.name()))
                .distinct()
                .toList();
    }
}
