package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The way a provider gets a token. Credentials are read again at each login, so that their rotation is followed. */
sealed interface VaultLogin extends AutoCloseable {

    /** Closes the readers of the credentials. */
    @Override
    default void close() {}

    /** A given token: it belongs to its owner, and is never revoked by the runner. */
    record Token(CredentialSource token) implements VaultLogin {}

    /**
     * A method that grants a token for the fields posted to it. {@link LoginRunner} runs the steps in order.
     *
     * @param method the method's name, for messages
     * @param path the path to post to
     * @param steps add the fields of the body
     * @see <a href="https://openbao.org/api-docs/auth/">the bodies of the methods</a>
     */
    record Posted(String method, VaultPath path, List<Step> steps) implements VaultLogin {
        public Posted {
            steps = List.copyOf(steps);
        }

        @Override
        public void close() {
            steps.forEach(Step::close);
        }
    }

    /** Adds one or more fields to the body of a login. */
    sealed interface Step extends AutoCloseable {
        /** Closes the reader of the credential. */
        @Override
        default void close() {}
    }

    /** A field with a value that is not secret. */
    record Plain(String field, String value) implements Step {}

    /** A field with a credential. */
    record Credential(String field, CredentialSource source) implements Step {}

    /**
     * A field with a secret id that Vault returns once, for a wrapping token.
     *
     * @param field the field, which has the same name in the wrapped answer
     * @param mount the mount of the login method that must have created the secret id
     * @param role the role that it must be for, or null for any
     */
    record Unwrapped(
            String field,
            CredentialSource wrappingToken,
            VaultPath mount,
            @Nullable String role) implements Step {
        /**
         * Returns whether content wrapped in an answer to {@code creationPath} is such a secret id. Otherwise an
         * attacker who swaps the wrapping token could choose the identity with which the runner logs in.
         */
        boolean isMadeBy(String creationPath) {
            List<String> made = List.of(creationPath.split("/", -1));
            int end = mount.length() + 2;
            return made.size() == end + 1
                    && made.subList(0, end - 1).equals(mount.resolve("role").segments())
                    && (role == null || made.get(end - 1).equals(role))
                    && (made.get(end).equals("secret-id") || made.get(end).equals("custom-secret-id"));
        }

        /** Returns the path that must have created it, for messages. */
        String expected() {
            return mount + "/role/" + (role == null ? "<role>" : role) + "/secret-id";
        }
    }

    /** The fields that prove our AWS identity. */
    record AwsSigned(AwsProof proof) implements Step {
        @Override
        public void close() {
            proof.close();
        }
    }
}
