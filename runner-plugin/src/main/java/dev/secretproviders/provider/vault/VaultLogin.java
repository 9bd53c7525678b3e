package dev.secretproviders.provider.vault;

import dev.secretproviders.provider.ProviderFactory.CredentialSource;
import java.util.List;

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
     * A field with a credential that Vault hands out once, for a wrapping token.
     *
     * @param field the field, named alike in the wrapped answer
     */
    record Unwrapped(String field, CredentialSource wrappingToken) implements Step {}

    /** The fields that say who we are to AWS. */
    record AwsSigned(AwsProof proof) implements Step {
        @Override
        public void close() {
            proof.close();
        }
    }
}
