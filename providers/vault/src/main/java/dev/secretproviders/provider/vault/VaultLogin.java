package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a provider comes by a token. Credentials are read anew at each login, so that their rotation is followed. */
sealed interface VaultLogin extends AutoCloseable {

    /** Closes what the credentials were read with. */
    @Override
    default void close() {}

    /** The token is given: it is its owner's, and never revoked by us. */
    record Token(CredentialSource token) implements VaultLogin {}

    /**
     * A method that grants a token for what is posted to it. {@link LoginRunner} follows the steps in their order.
     *
     * @param method the method's name, for messages
     * @param path where to post
     * @param steps what comes into the body
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

    /** What puts one or more fields into the body of a login. */
    sealed interface Step extends AutoCloseable {
        /** Closes what the credential was read with. */
        @Override
        default void close() {}
    }

    /** A field with a value that is no secret. */
    record Plain(String field, String value) implements Step {}

    /** A field with a credential. */
    record Credential(String field, CredentialSource source) implements Step {}

    /**
     * A field with a secret id that Vault hands out once, for a wrapping token.
     *
     * @param field the field, named alike in the wrapped answer
     * @param mount where the method is mounted that has to have made the wrapped secret id
     * @param role the role that it has to be for, or null for any
     */
    record Unwrapped(
            String field,
            CredentialSource wrappingToken,
            VaultPath mount,
            @Nullable String role) implements Step {
        /**
         * Returns whether something wrapped while answering {@code creationPath} is such a secret id. Whoever swaps the wrapping
         * token for one of his own could else have the runner log in as whom he likes.
         */
        boolean isMadeBy(String creationPath) {
            List<String> made = List.of(creationPath.split("/", -1));
            int end = mount.length() + 2;
            return made.size() == end + 1
                    && made.subList(0, end - 1).equals(mount.resolve("role").segments())
                    && (role == null || made.get(end - 1).equals(role))
                    && (made.get(end).equals("secret-id") || made.get(end).equals("custom-secret-id"));
        }

        /** Returns where it has to have been made, for messages. */
        String expected() {
            return mount + "/role/" + (role == null ? "<role>" : role) + "/secret-id";
        }
    }

    /** The fields that say who we are to AWS. */
    record AwsSigned(AwsProof proof) implements Step {
        @Override
        public void close() {
            proof.close();
        }
    }
}
