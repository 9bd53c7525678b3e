package dev.secretproviders.admin.access;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** A named set of rights. Tokens have roles. */
public enum Role {
    /** Sees everything but the audit log and the access log. */
    VIEWER(EnumSet.of(Right.PROVIDER_READ, Right.SECRET_READ, Right.CERTIFICATE_READ, Right.REFERENCE_READ)),
    /** Sees everything. */
    AUDITOR(with(VIEWER, Right.AUDIT_READ)),
    /** Manages providers and secrets from day to day. */
    OPERATOR(with(
            VIEWER,
            Right.PROVIDER_WRITE,
            Right.PROVIDER_DELETE,
            Right.PROVIDER_TEST,
            Right.PROVIDER_USE,
            Right.SECRET_WRITE,
            Right.CERTIFICATE_WRITE,
            Right.REFRESH,
            Right.DRILL,
            Right.REVOKE,
            Right.EXPLAIN,
            Right.IMPORT)),
    /** May do everything. */
    ADMIN(EnumSet.allOf(Right.class));

    @SuppressWarnings("ImmutableEnumChecker") // Unmodifiable, and the set behind it is not shared.
    private final Set<Right> rights;

    Role(EnumSet<Right> rights) {
        this.rights = Collections.unmodifiableSet(rights);
    }

    private static EnumSet<Right> with(Role role, Right... more) {
        EnumSet<Right> rights = EnumSet.copyOf(role.rights);
        Collections.addAll(rights, more);
        return rights;
    }

    /** Returns what the role may do. */
    public Set<Right> rights() {
        return rights;
    }

    /** Returns the role's name in JSON. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
