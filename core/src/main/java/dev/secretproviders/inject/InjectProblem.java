package dev.secretproviders.inject;

import dev.secretproviders.auth.Decision.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Why a value cannot be injected.
 *
 * @param field the field of the configuration, such as {@code headers.Authorization}
 * @param reference the reference concerned, as written; null if the whole value is
 * @param reason the reason, as metrics name it
 * @param message what is wrong and what to do; never a value
 */
public record InjectProblem(String field, @Nullable String reference, Reason reason, String message) {}
