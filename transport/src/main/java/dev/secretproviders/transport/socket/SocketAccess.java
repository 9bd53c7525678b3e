package dev.secretproviders.transport.socket;

import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may connect to the socket. To connect, a process needs the permission to write to it.
 *
 * @param owner user by name or number; null: {@code nobody} if the runner is root, since that is who APISIX's workers are
 *     then, else the runner's own
 * @param group group by name or number; null: the runner's own
 * @param mode permissions in octal, such as {@code 0660}. The zero tells it from 432, which YAML makes of an unquoted 0660 and which
 *     would let everybody connect
 */
public record SocketAccess(@Nullable String owner, @Nullable String group, String mode) {
    private static final Pattern MODE = Pattern.compile("0[0-7]{3}");
    private static final String ALL = "rwxrwxrwx";

    /** Exactly the workers' user, and the runner's own group. */
    public static final SocketAccess DEFAULT = new SocketAccess(null, null, "0660");

    /** Checks the mode. */
    public SocketAccess {
        if (!isMode(mode)) {
            throw new IllegalArgumentException("mode: expected a zero and three octal digits such as 0660");
        }
    }

    /** Returns whether this can be a mode. */
    public static boolean isMode(String text) {
        return MODE.matcher(text).matches();
    }

    Set<PosixFilePermission> permissions() {
        int bits = Integer.parseInt(mode, 8);
        StringBuilder text = new StringBuilder(ALL);
        for (int i = 0; i < ALL.length(); i++) {
            if ((bits >> (ALL.length() - 1 - i) & 1) == 0) {
                text.setCharAt(i, '-');
            }
        }
        return PosixFilePermissions.fromString(text.toString());
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "owner %s, group %s, mode %s",
                owner == null ? "by default" : owner,
                group == null ? "by default" : group,
                mode);
    }
}
