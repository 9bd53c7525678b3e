package dev.secretproviders.dashboard.openid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GroupGrantTest {
    private static final Scope TEAM = new Scope(List.of("vault/a-*"), Map.of());
    private static final List<GroupGrant> GRANTS = List.of(
            new GroupGrant("a", Set.of(Role.OPERATOR), TEAM),
            new GroupGrant("all", Set.of(Role.VIEWER), Scope.ALL),
            new GroupGrant("audit", Set.of(Role.AUDITOR), Scope.ALL));

    @Test
    void rolesOfOneScopeAddUp() {
        assertThat(GroupGrant.of(GRANTS, List.of("audit", "all")))
                .isEqualTo(new GroupGrant.Granted(Set.of(Role.VIEWER, Role.AUDITOR), Scope.ALL));
    }

    @Test
    void noRoleReachesFurtherThanItsOwnGrant() {
        assertThat(GroupGrant.of(GRANTS, List.of("all", "a")))
                .isEqualTo(new GroupGrant.Granted(Set.of(Role.OPERATOR), TEAM));
    }

    @Test
    void groupsAreComparedExactly() {
        assertThat(GroupGrant.of(GRANTS, List.of("A", "All", "audit "))).isNull();
        assertThat(GroupGrant.of(GRANTS, List.of())).isNull();
    }
}
