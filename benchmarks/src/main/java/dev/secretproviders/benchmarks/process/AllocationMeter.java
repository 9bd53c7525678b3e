package dev.secretproviders.benchmarks.process;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Reads the bytes that some threads of another JVM have allocated on its heap. */
public final class AllocationMeter implements AutoCloseable {
    private final JMXConnector connector;
    private final com.sun.management.ThreadMXBean threads;
    private final long[] ids;

    private AllocationMeter(JMXConnector connector, com.sun.management.ThreadMXBean threads, long[] ids) {
        this.connector = connector;
        this.threads = threads;
        this.ids = ids;
    }

    /**
     * Attaches to a JVM.
     *
     * @param names the prefix of the threads' names
     * @throws IOException if attaching fails or the JVM has no such threads
     */
    @SuppressWarnings("BanJNDI") // The address is that of a process which this one started.
    public static AllocationMeter of(long pid, String names) throws IOException {
        JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(agent(pid)));
        com.sun.management.ThreadMXBean threads = ManagementFactory.newPlatformMXBeanProxy(
                connector.getMBeanServerConnection(),
                ManagementFactory.THREAD_MXBEAN_NAME,
                com.sun.management.ThreadMXBean.class);
        long[] ids = Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(thread -> thread != null && thread.getThreadName().startsWith(names))
                .mapToLong(ThreadInfo::getThreadId)
                .toArray();
        if (ids.length == 0) {
            connector.close();
            throw new IOException("process " + pid + " has no threads " + names + "*");
        }
        return new AllocationMeter(connector, threads, ids);
    }

    private static String agent(long pid) throws IOException {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                return machine.startLocalManagementAgent();
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException e) {
            throw new IOException("process " + pid + " cannot be attached to", e);
        }
    }

    /** Returns how many bytes the threads have allocated since they started. */
    public long bytes() {
        return Arrays.stream(threads.getThreadAllocatedBytes(ids)).sum();
    }

    @Override
    public void close() throws IOException {
        connector.close();
    }
}
