package dev.secretproviders.dashboard.session;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import java.util.Set;

/**
 * A log-in without a token: by OpenID Connect, or by a link that a user of the runner's machine made. The rights are those
 * of the time of the log-in until the session ends.
 *
 * @param key such as {@code openid/4711}
 * @param name the user's name, for the audit log
 * @param roles what the user may do
 * @param scope the providers that the user is limited to
 */
public record FixedIdentity(String key, String name, Set<Role> roles, Scope scope) implements Identity {
    public FixedIdentity {
        roles = Set.copyOf(roles);
    }

    @Override
    public Caller caller(String address) {
        return Caller.ofDashboard(name, roles, scope, address);
    }
}
