package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.process.CpuClock;
import dev.secretproviders.benchmarks.process.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The times of a server's start.
 *
 * @param socket from exec until the socket accepted
 * @param answer from exec until right answers to a good and to an unknown key
 * @param residentMib resident memory at that time, in MiB
 * @param processor processor time until then
 * @param compilers how much of it the compilers of a JVM took
 */
public record StartUp(Duration socket, Duration answer, double residentMib, Duration processor, Duration compilers) {
    /** The prefixes of the names of a JVM's threads that compile. */
    private static final List<String> COMPILERS = List.of("C1 ", "C2 ");

    private static final CpuClock.Reading NOTHING = new CpuClock.Reading(Map.of());

    /**
     * Returns the times of a server that has just answered.
     *
     * @param socket from exec until its socket accepted
     */
    static StartUp now(ServerProcess process, Duration socket) throws IOException {
        Duration answer = process.sinceStart();
        Duration processor = process.processorTime();
        long compilers = 0;
        for (String threads : COMPILERS) {
            compilers += new CpuClock(process.pid(), threads).read().since(NOTHING);
        }
        return new StartUp(socket, answer, process.residentMib(), processor, Duration.ofNanos(compilers));
    }
}
