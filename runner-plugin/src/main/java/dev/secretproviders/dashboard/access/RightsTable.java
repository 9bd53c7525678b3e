package dev.secretproviders.dashboard.access;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.access.Role;
import java.util.Arrays;
import java.util.List;

/**
 * What each role may do, for people.
 *
 * @param right what it is
 * @param roles for each role, in their order, whether it includes the right
 */
record RightsTable(String right, List<Boolean> roles) {
    RightsTable {
        roles = List.copyOf(roles);
    }

    /** Returns a row for each right. */
    static List<RightsTable> rows() {
        return Arrays.stream(Right.values())
                .map(right -> new RightsTable(
                        words(right),
                        Arrays.stream(Role.values())
                                .map(role -> role.rights().contains(right))
                                .toList()))
                .toList();
    }

    private static String words(Right right) {
        return switch (right) {
            case PROVIDER_READ -> "see providers, with secrets masked";
            case PROVIDER_WRITE -> "create and edit providers";
            case PROVIDER_DELETE -> "delete providers";
            case PROVIDER_TEST -> "test the connection of a provider";
            case PROVIDER_USE -> "let a provider use the secrets of another one";
            case AMBIENT_IDENTITY -> "let a provider use the environment, files and identity of the runner";
            case FORCE -> "make a change although it breaks references";
            case SECRET_READ -> "see which local secrets exist, never their values";
            case SECRET_WRITE -> "write, roll back and delete local secrets";
            case CERTIFICATE_READ -> "see certificates, never their private keys";
            case CERTIFICATE_WRITE -> "write and delete certificates of the gateway";
            case REFERENCE_READ -> "see consumers, references and findings";
            case REFRESH -> "have secrets fetched again";
            case DRILL -> "rotate canaries";
            case REVOKE -> "deny a version of a secret on every runner";
            case UNREVOKE -> "take a revocation back";
            case EXPLAIN -> "have a reference explained that is not in use";
            case IMPORT -> "import secret objects of the gateway";
            case AUDIT_READ -> "read, verify and export the audit log";
            case TOKEN_MANAGE -> "manage tokens, and see and end the sessions of others";
            case OPERATE -> "back up, change the master key, reload";
        };
    }
}
