package dev.secretproviders.benchmarks.campaign;
import dev.secretproviders.benchmarks.load.*;
import dev.secretproviders.benchmarks.process.*;
import dev.secretproviders.benchmarks.subject.*;
import java.nio.file.*;
import java.time.Duration;
import java.util.*;
public final class Slice {
    public static void main(String[] a) throws Exception {
        Processors p = Processors.divided();
        p.take();
        List<Subject> subjects = List.of(new Floor(), new Runner("ours", Path.of(a[0]), new KeyFile(new Credentials(10_000))));
        List<RunningSubject> running = new ArrayList<>();
        try {
            for (Subject s : subjects) {
                long t=System.nanoTime();
                running.add(s.start(p, Files.createTempDirectory("bench")));
                System.out.println(s.name()+" up in "+(System.nanoTime()-t)/1_000_000+" ms");
            }
            for (int round = 0; round < Integer.parseInt(a[1]); round++) {
                for (int i = 0; i < subjects.size(); i++) {
                    RunningSubject r = running.get(i);
                    try (AllocationMeter m = AllocationMeter.of(r.process().pid(), r.eventLoops());
                        LoadLoop loop = LoadLoop.open(r.socket(), r.exchange(Workload.ACCEPTED), new Load.Closed(32))) {
                        if (round == 0) loop.run(Duration.ofSeconds(4));
                        CpuClock c = new CpuClock(r.process().pid());
                        CpuClock own = new CpuClock(ProcessHandle.current().pid());
                        var c0 = c.read(); var o0 = own.read(); long b0 = m.bytes();
                        LoadResult x = loop.run(Duration.ofSeconds(2));
                        var c1 = c.read(); var o1 = own.read(); long b1 = m.bytes();
                        System.out.printf("%-6s %.0f/s p50 %.0f p99 %.0f us cpu %.2f us/req (driver %.2f) busy %.2f alloc %.1f B wrong %d%n", subjects.get(i).name(), x.perSecond(), x.microsAt(50), x.microsAt(99),
                           c1.since(c0)/1e3/x.answered(), o1.since(o0)/1e3/x.answered(), c1.since(c0)/(double)x.nanos(), (b1-b0)/(double)x.answered(), x.wrong());
                    }
                }
            }
        } finally { running.forEach(RunningSubject::close); }
    }
}
