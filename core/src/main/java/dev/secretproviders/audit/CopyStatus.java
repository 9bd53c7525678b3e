package dev.secretproviders.audit;

/**
 * How the copies to one target go. Immutable.
 *
 * @param target the kind of the target: {@code file}, {@code syslog}, {@code webhook} or {@code otlp}
 * @param failures attempts that failed; each is repeated
 * @param lost records that will never be copied, or that the target refused for good
 * @param waiting records that wait now
 */
public record CopyStatus(String target, long failures, long lost, long waiting) {}
