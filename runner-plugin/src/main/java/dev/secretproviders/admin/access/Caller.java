package dev.secretproviders.admin.access;

import dev.secretproviders.audit.Actor;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who calls, after authentication.
 *
 * @param actor for the audit log
 * @param roles the token's roles
 * @param scope the providers that it is limited to
 */
public record Caller(Actor actor, Set<Role> roles, Scope scope) {
    /**
     * A request's attribute with the {@link Actor} who calls, set by a connector that only the runner's own user
     * and root can reach: an admin without a token.
     */
    public static final String LOCAL = "dev.secretproviders.local-caller";

    public Caller {
        roles = Set.copyOf(roles);
    }

    public boolean may(Right right) {
        return roles.stream().anyMatch(role -> role.rights().contains(right));
    }

    public Set<Right> rights() {
        return roles.stream()
                .flatMap(role -> role.rights().stream())
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Right.class)));
    }
}
