package dev.secretproviders.benchmarks.subject;

import java.time.Duration;

/**
 * The times of a server's start.
 *
 * @param socket from exec until the socket accepted
 * @param answer from exec until right answers to a good and to an unknown key
 * @param residentMib resident memory at that time, in MiB
 */
public record StartUp(Duration socket, Duration answer, double residentMib) {}
