package dev.secretproviders.dashboard.openid;

import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the members of a group may do. Immutable.
 *
 * @param group the exact name of the group, as the provider writes it
 * @param roles at least one role
 * @param scope the providers that the members are limited to; empty for no limit
 */
public record GroupGrant(String group, Set<Role> roles, Scope scope) {
    public GroupGrant {
        roles = Set.copyOf(roles);
    }

    /** The roles and the scope of one user. */
    public record Granted(Set<Role> roles, Scope scope) {
        public Granted {
            roles = Set.copyOf(roles);
        }
    }

    /**
     * Returns what a member of these groups may do, or null if no grant names one of them. The first grant that names
     * one decides the scope. Later grants add their roles only if they have the same scope. So no role reaches further
     * than its own grant says.
     */
    static @Nullable Granted of(List<GroupGrant> grants, Collection<String> groups) {
        Scope scope = null;
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (GroupGrant grant : grants) {
            if (groups.contains(grant.group())) {
                scope = scope == null ? grant.scope() : scope;
                if (scope.equals(grant.scope())) {
                    roles.addAll(grant.roles());
                }
            }
        }
        return scope == null ? null : new Granted(roles, scope);
    }
}
