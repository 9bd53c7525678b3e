package dev.secretproviders.dashboard.openid;

import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import java.util.Set;

/**
 * A user whom the provider authenticated, with at least one role.
 *
 * @param subject {@code openid/} and the provider's own, unchangeable name of the user
 * @param name the user's name with the subject, for people and the audit log
 * @param roles what the user may do
 * @param scope the providers that the user is limited to
 */
public record OpenIdUser(String subject, String name, Set<Role> roles, Scope scope) {
    public OpenIdUser {
        roles = Set.copyOf(roles);
    }
}
