package dev.secretproviders.peers;

import java.nio.file.Path;

/** A server process that can be started and stopped again and again; not safe for use by several threads at once. */
sealed interface Server permits NativeServer, ContainerServer {

    /** Starts it, or starts it again on the same port and files; returns before it is ready. */
    void start();

    /** Stops it in an orderly way, by force after some seconds; its files stay. */
    void stop();

    /** Freezes it: connections are still accepted by the kernel, nothing answers. */
    void pause();

    /** Ends {@link #pause()}. */
    void resume();

    boolean isAlive();

    /** Returns what it has written so far, of all its starts. */
    String log();

    /** Ends it at once. */
    void kill();

    /** Returns where it keeps its files, as this process sees them. */
    Path directory();
}
