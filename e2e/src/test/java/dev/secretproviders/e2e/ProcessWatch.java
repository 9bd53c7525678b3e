package dev.secretproviders.e2e;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Reads the resources of a JVM on this machine, by JMX on loopback and from {@code /proc}. */
final class ProcessWatch implements AutoCloseable {
    private static final String TCP_LISTEN = "0A";
    private static final String UNIX_CONNECTED = "03";

    private final Path proc;
    private final JMXConnector connector;
    private final MemoryMXBean memory;
    private final ThreadMXBean threads;
    private final List<MemoryPoolMXBean> heap;

    private ProcessWatch(Path proc, JMXConnector connector) throws IOException {
        this.proc = proc;
        this.connector = connector;
        MBeanServerConnection server = connector.getMBeanServerConnection();
        this.memory = ManagementFactory.getPlatformMXBean(server, MemoryMXBean.class);
        this.threads = ManagementFactory.getPlatformMXBean(server, ThreadMXBean.class);
        this.heap = ManagementFactory.getPlatformMXBeans(server, MemoryPoolMXBean.class).stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .toList();
    }

    /**
     * The resources of a process.
     *
     * @param heap bytes that were live after a collection
     * @param resident bytes of memory that the system counts as its own
     * @param threads number of platform threads
     * @param descriptors number of open sockets and files
     * @param connections number of TCP and Unix sockets in any state but listening, including half-closed ones
     */
    record Holdings(long heap, long resident, int threads, int descriptors, int connections) {}

    @SuppressWarnings("BanJNDI") // What answers is a process that this test started, on loopback.
    static ProcessWatch of(long pid) throws IOException {
        String address;
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                address = machine.startLocalManagementAgent();
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException e) {
            throw new IOException(e);
        }
        return new ProcessWatch(
                Path.of("/proc", Long.toString(pid)), JMXConnectorFactory.connect(new JMXServiceURL(address)));
    }

    /** Collects garbage in the process and reads its resources. */
    Holdings look() throws IOException {
        memory.gc();
        long live = heap.stream()
                .map(MemoryPoolMXBean::getCollectionUsage)
                .mapToLong(MemoryUsage::getUsed)
                .sum();
        int descriptors = 0;
        Set<String> sockets = new HashSet<>();
        for (String target : targets()) {
            descriptors++;
            if (target.startsWith("socket:[")) {
                sockets.add(target.substring("socket:[".length(), target.length() - 1));
            }
        }
        return new Holdings(live, resident(), threads.getThreadCount(), descriptors, connections(sockets));
    }

    /** Returns the number of threads by name, without numbers in names. */
    Map<String, Integer> threadsByName() {
        Map<String, Integer> names = new TreeMap<>();
        for (ThreadInfo thread : threads.dumpAllThreads(false, false, 0)) {
            names.merge(thread.getThreadName().replaceAll("\\d+", "*"), 1, Integer::sum);
        }
        return names;
    }

    private List<String> targets() throws IOException {
        try (Stream<Path> open = Files.list(proc.resolve("fd"))) {
            return open.map(ProcessWatch::target).toList();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) {
            return "closed meanwhile";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long resident() throws IOException {
        return Files.readAllLines(proc.resolve("status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Counts the process's sockets. The tables are those of the whole system; the inode identifies a socket's owner.
     */
    private int connections(Set<String> sockets) throws IOException {
        int connections = 0;
        for (String table : List.of("tcp", "tcp6")) {
            for (String line : table(table)) {
                String[] columns = line.strip().split("\\s+", -1);
                if (columns.length > 9 && sockets.contains(columns[9]) && !columns[3].equals(TCP_LISTEN)) {
                    connections++;
                }
            }
        }
        for (String line : table("unix")) {
            String[] columns = line.strip().split("\\s+", -1);
            if (columns.length > 6 && sockets.contains(columns[6]) && columns[5].equals(UNIX_CONNECTED)) {
                connections++;
            }
        }
        return connections;
    }

    private List<String> table(String name) throws IOException {
        Path table = proc.resolve("net").resolve(name);
        return Files.exists(table) ? Files.readAllLines(table) : List.of();
    }

    @Override
    public void close() throws IOException {
        connector.close();
    }
}
