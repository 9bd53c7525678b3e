package dev.secretproviders.admin.access;

import dev.secretproviders.audit.Actor;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An authenticated caller.
 *
 * @param actor for the audit log
 * @param roles the token's roles
 * @param scope the providers that the token is limited to
 */
public record Caller(Actor actor, Set<Role> roles, Scope scope) {
    /**
     * Request attribute with the {@link Actor} of a local caller, who is an admin without a token. Only the connector
     * that is restricted to the runner's user and root sets it.
     */
    public static final String LOCAL = "dev.secretproviders.local-caller";

    public Caller {
        roles = Set.copyOf(roles);
    }

    /** Returns the caller's name. */
    public String name() {
        return actor.name();
    }

    /** Returns the id of the caller's token, or null if they have none. */
    public @Nullable String tokenId() {
        return actor.tokenId();
    }

    /** Returns the caller of a session of the dashboard that began without a token. */
    public static Caller ofDashboard(String name, Set<Role> roles, Scope scope, String address) {
        return new Caller(new Actor(null, name, "dashboard", address), roles, scope);
    }

    /** Returns whether one of the roles includes the right. */
    public boolean may(Right right) {
        return roles.stream().anyMatch(role -> role.rights().contains(right));
    }

    /** Returns the rights of all roles. */
    public Set<Right> rights() {
        return roles.stream()
                .flatMap(role -> role.rights().stream())
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Right.class)));
    }
}
