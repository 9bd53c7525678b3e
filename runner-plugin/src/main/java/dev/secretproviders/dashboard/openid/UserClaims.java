package dev.secretproviders.dashboard.openid;

import dev.secretproviders.dashboard.openid.OpenIdProblemException.Kind;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.user.OAuth2User;

/** Reads what the provider says of a user. The provider is trusted to name users, not to choose what is shown. */
final class UserClaims {
    private static final int LONGEST_NAME = 80;
    private static final int LONGEST_SUBJECT = 255;
    private static final int MOST_GROUPS = 2_000;

    private UserClaims() {}

    /**
     * Returns the user of an authentication.
     *
     * @throws OpenIdProblemException if no group of the user has a role
     */
    static OpenIdUser user(OAuth2User found, OpenIdSettings settings) throws OpenIdProblemException {
        Map<String, Object> claims = found.getAttributes();
        String sub = claims.get("sub") instanceof String text ? text : "";
        if (sub.isEmpty() || sub.length() > LONGEST_SUBJECT || !sub.equals(shown(sub, LONGEST_SUBJECT))) {
            throw new OpenIdProblemException(Kind.REFUSED, "The OpenID provider named no usable subject (sub).");
        }
        // Without parentheses, so that no name can end in another user's subject.
        String name = claims.get(settings.claims().name()) instanceof String text
                ? shown(text.replaceAll("[()]", " "), LONGEST_NAME)
                : "";
        String full = name.isEmpty() || name.equals(sub) ? sub + " (openid)" : name + " (openid " + sub + ")";
        GroupGrant.Granted granted = GroupGrant.of(
                settings.grants(), groups(claims.get(settings.claims().groups())));
        if (granted == null) {
            throw new OpenIdProblemException(
                    Kind.NO_ROLE,
                    "You are known as " + full
                            + ", but none of your groups has a role here. Ask an administrator to add"
                            + " one of your groups to dashboard.oidc.roles. If you have such a group, the provider may"
                            + " not send the claim '" + settings.claims().groups() + "'.",
                    full);
        }
        return new OpenIdUser("openid/" + sub, full, granted.roles(), granted.scope());
    }

    /** Returns the groups of a claim, which is a list or a single text. */
    private static Collection<String> groups(@Nullable Object claim) {
        return switch (claim) {
            case Collection<?> list ->
                list.stream()
                        .limit(MOST_GROUPS)
                        .filter(String.class::isInstance)
                        .map(String.class::cast)
                        .toList();
            case String one -> List.of(one);
            case null, default -> Set.of();
        };
    }

    /** Returns a text of the provider without characters that hide or reorder others, and not too long. */
    private static String shown(String text, int longest) {
        String plain = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}\\p{Co}\\p{Cn}]", "")
                .strip();
        return plain.length() <= longest ? plain : plain.substring(0, longest);
    }
}
