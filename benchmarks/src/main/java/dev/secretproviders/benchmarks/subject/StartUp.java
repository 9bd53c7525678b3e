package dev.secretproviders.benchmarks.subject;

import java.time.Duration;

/**
 * How a server came up.
 *
 * @param socket from exec until the socket accepted
 * @param answer from exec until keys were answered rightly, a good one and one that is nobody's
 * @param residentMib memory that the process held then, in MiB
 */
public record StartUp(Duration socket, Duration answer, double residentMib) {}
