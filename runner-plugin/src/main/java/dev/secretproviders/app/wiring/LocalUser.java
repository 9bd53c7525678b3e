package dev.secretproviders.app.wiring;

import com.sun.security.auth.module.UnixSystem;
import dev.secretproviders.audit.Actor;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;

/** A user of this machine, as the audit log names who gave a command. */
public final class LocalUser {
    private static final String SOURCE = "command";
    /** By its number where no user has a name, as in some containers. */
    private static final Set<String> ROOT = Set.of("root", "0");

    private LocalUser() {}

    /** Returns the user of this process. */
    public static Actor current() {
        return actor(System.getProperty("user.name", "unknown"), uid());
    }

    /** Returns the number of the user of this process. */
    public static long uid() {
        return new UnixSystem().getUid();
    }

    /** Returns a user who may open a socket of this process: the same user, or root. */
    static Actor actor(UserPrincipal peer) {
        return actor(peer.getName(), isRoot(peer) ? 0 : uid());
    }

    static boolean isRoot(UserPrincipal user) {
        return ROOT.contains(user.getName());
    }

    private static Actor actor(String name, long uid) {
        return new Actor(null, name + " (uid " + uid + ")", SOURCE, null);
    }
}
