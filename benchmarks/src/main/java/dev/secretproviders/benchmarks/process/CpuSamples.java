package dev.secretproviders.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where threads of a JVM spent processor time: the number of samples for each stack, outermost method first. JDK Flight
 * Recorder takes them (JEP 509, Linux). It counts the kernel as the native method that called it.
 */
public record CpuSamples(Map<List<String>, Long> stacks) {
    private static final String NAME = "bench";
    private static final String EVENT = "jdk.CPUTimeSample";
    private static final String SETTINGS = """
            <?xml version="1.0" encoding="UTF-8"?>
            <configuration version="2.0">
              <event name="jdk.CPUTimeSample">
                <setting name="enabled">true</setting>
                <setting name="throttle">1ms</setting>
                <setting name="stackTrace">true</setting>
              </event>
            </configuration>
            """;

    /** Copies the map. */
    public CpuSamples {
        stacks = Map.copyOf(stacks);
    }

    /** The work that is sampled. */
    public interface Work {
        void run() throws IOException, InterruptedException;
    }

    /**
     * Takes samples of a process while work is done.
     *
     * @param threads the prefix of the threads' names
     */
    public static CpuSamples taken(long pid, String threads, Path directory, Work work)
            throws IOException, InterruptedException {
        Path settings = Files.writeString(directory.resolve("samples.jfc"), SETTINGS);
        Path recording = directory.resolve("samples.jfr");
        jcmd(pid, "JFR.start", "name=" + NAME, "settings=" + settings);
        work.run();
        jcmd(pid, "JFR.stop", "name=" + NAME, "filename=" + recording);
        Map<List<String>, Long> stacks = new HashMap<>();
        try (RecordingFile file = new RecordingFile(recording)) {
            while (file.hasMoreEvents()) {
                RecordedEvent event = file.readEvent();
                if (event.getEventType().getName().equals(EVENT)
                        && event.getStackTrace() != null
                        && Optional.ofNullable(event.getThread("eventThread").getJavaName())
                                .filter(name -> name.startsWith(threads))
                                .isPresent()) {
                    stacks.merge(outermostFirst(event.getStackTrace().getFrames()), 1L, Long::sum);
                }
            }
        }
        return new CpuSamples(stacks);
    }

    private static List<String> outermostFirst(List<RecordedFrame> frames) {
        List<String> names = new ArrayList<>();
        for (RecordedFrame frame : frames.reversed()) {
            String type = frame.getMethod().getType().getName();
            names.add(type + "." + frame.getMethod().getName());
        }
        return List.copyOf(names);
    }

    private static void jcmd(long pid, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        command.add(Long.toString(pid));
        command.addAll(List.of(words));
        Process jcmd = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (jcmd.waitFor() != 0) {
            throw new IOException("jcmd " + words[0] + " failed for process " + pid);
        }
    }
}
