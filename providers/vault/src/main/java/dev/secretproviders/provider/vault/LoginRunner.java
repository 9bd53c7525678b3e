package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs the steps of a login.
 *
 * <p>Not thread-safe: {@link VaultSession} runs one login at a time.
 */
final class LoginRunner implements AutoCloseable {
    private final VaultClient client;
    private @Nullable Unwrapping last;

    /** What a wrapping token held. The token serves once, what it held perhaps longer, so it is kept for the next login. */
    private record Unwrapping(Secret wrappingToken, Secret content) {
        void wipe() {
            wrappingToken.close();
            content.close();
        }
    }

    LoginRunner(VaultClient client) {
        this.client = client;
    }

    TokenGrant run(VaultLogin.Posted login) throws ProviderException, InterruptedException {
        Map<String, String> body = new LinkedHashMap<>();
        for (VaultLogin.Step step : login.steps()) {
            switch (step) {
                case VaultLogin.Plain(var field, var value) -> body.put(field, value);
                case VaultLogin.Credential(var field, var source) -> {
                    try (Secret value = source.read()) {
                        body.put(field, value.reveal());
                    }
                }
                case VaultLogin.Unwrapped unwrapped ->
                    body.put(
                            unwrapped.field(),
                            content(unwrapped, unwrapped.wrappingToken().read()).reveal());
                case VaultLogin.AwsSigned(var proof) -> body.putAll(proof.fields());
            }
        }
        return client.logIn(login.method() + " login at " + login.path(), login.path(), body);
    }

    @Override
    public void close() {
        forget();
    }

    private Secret content(VaultLogin.Unwrapped wanted, Secret wrappingToken)
            throws ProviderException, InterruptedException {
        Unwrapping known = last;
        if (known != null && known.wrappingToken().matches(wrappingToken)) {
            wrappingToken.close();
            return known.content();
        }
        Secret content;
        try {
            content = unwrap(wanted, wrappingToken);
        } catch (ProviderException e) {
            wrappingToken.close();
            throw e;
        }
        forget();
        last = new Unwrapping(wrappingToken, content);
        return content;
    }

    private Secret unwrap(VaultLogin.Unwrapped wanted, Secret wrappingToken)
            throws ProviderException, InterruptedException {
        String field = wanted.field();
        Secret content = null;
        try {
            if (wanted.isMadeBy(client.creationPath(wrappingToken, field))) {
                content = client.unwrap(wrappingToken, field);
            }
        } catch (ProviderException e) {
            if (e.kind() == Kind.AUTHENTICATION) {
                throw new ProviderException(
                        Kind.AUTHENTICATION,
                        "the wrapping token of " + field
                                + " has expired or was used before; provide a new one, and find out"
                                + " who used it if it was not this runner before a restart");
            }
            throw e;
        }
        if (content == null) {
            // Not unwrapped, so that whoever looks into it still finds what it holds.
            throw new ProviderException(
                    Kind.AUTHENTICATION,
                    "the wrapping token of " + field + " was not made by " + wanted.expected()
                            + ": it is for something else, or somebody has swapped it");
        }
        return content;
    }

    private void forget() {
        if (last != null) {
            last.wipe();
            last = null;
        }
    }
}
