package dev.secretproviders.benchmarks.subject;

import java.time.Duration;

/**
 * How a server came up.
 *
 * @param socket from exec until the socket accepted
 * @param answer from exec until every key was answered rightly
 * @param residentMib memory that the process held then, in MiB
 */
public record StartUp(Duration socket, Duration answer, double residentMib) {}
