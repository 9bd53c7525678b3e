package dev.secretproviders.auth.route;

/** The answer to an unknown credential while some credentials could not be resolved yet. */
public enum UnresolvedAnswer {
    /** 503 with {@code Retry-After}, since it may be good. */
    UNAVAILABLE,
    /** 401, as for any other unknown credential. */
    UNAUTHORIZED
}
