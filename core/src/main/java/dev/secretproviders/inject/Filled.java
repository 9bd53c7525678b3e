package dev.secretproviders.inject;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.resolve.HeldVersion;
import java.util.List;
import java.util.Set;

/** What a configuration comes to now: all its values, or why there are none. Immutable. */
sealed interface Filled {

    /**
     * All values are known.
     *
     * @param passed the decision without cookies
     * @param cookies the cookies to set
     * @param versions the versions that the values belong to; the values may be used while all of them may
     */
    record Values(Injected passed, List<Header> cookies, Set<HeldVersion> versions) implements Filled {
        public Values {
            cookies = List.copyOf(cookies);
            versions = Set.copyOf(versions);
        }

        boolean usableAt(long now) {
            for (HeldVersion version : versions) {
                if (!version.usableAt(now)) {
                    return false;
                }
            }
            return true;
        }

        /** Returns for how many nanoseconds the values may be used. */
        long usableFor(long now) {
            return versions.stream()
                    .mapToLong(version -> version.usableFor(now))
                    .min()
                    .orElse(0);
        }

        /** Returns whether the upstream gets the same. */
        boolean sameAs(Filled other) {
            return other instanceof Values values && passed.equals(values.passed) && cookies.equals(values.cookies);
        }

        @Override
        public String toString() {
            return "Values[not shown]";
        }
    }

    /**
     * At least one value is not known. The request is refused.
     *
     * @param problems one for each such value; not empty
     */
    record Missing(List<InjectProblem> problems) implements Filled {
        public Missing {
            problems = List.copyOf(problems);
        }

        Decision.Refuse refusal() {
            return refusal(problems.getFirst().reason());
        }

        /** Returns the answer to a request that cannot get its secrets. It names none of them. */
        static Decision.Refuse refusal(Reason reason) {
            return switch (reason) {
                case INJECT_FORBIDDEN -> FORBIDDEN;
                case INJECT_ILLEGAL -> ILLEGAL;
                case INJECT_NO_CONSUMER -> NO_CONSUMER;
                default -> UNRESOLVED;
            };
        }
    }

    /** A value is not known at the moment. */
    Decision.Refuse UNRESOLVED = unavailable(Reason.INJECT_UNRESOLVED);

    /** A provider does not allow a value. */
    Decision.Refuse FORBIDDEN = unavailable(Reason.INJECT_FORBIDDEN);

    /** A value cannot stand where it is to be put. */
    Decision.Refuse ILLEGAL = unavailable(Reason.INJECT_ILLEGAL);

    /** The values depend on the consumer, and the request has none, or one that the runner does not know. */
    Decision.Refuse NO_CONSUMER = unavailable(Reason.INJECT_NO_CONSUMER);

    private static Decision.Refuse unavailable(Reason reason) {
        return new Decision.Refuse(
                reason,
                503,
                List.of(new Header("Retry-After", "1")),
                "{\"message\":\"A secret for the upstream is not available\"}\n");
    }
}
