package dev.secretproviders.peers;

import java.nio.file.Path;

/** A server process that can be started and stopped repeatedly; not safe for use by several threads at once. */
sealed interface Server permits NativeServer, ContainerServer {

    /** Starts it, at a restart with the same port and files; returns before it is ready. */
    void start();

    /** Stops it with SIGTERM, after some seconds with SIGKILL; its files stay. */
    void stop();

    /** Freezes it: the kernel still accepts connections, but nothing answers. */
    void pause();

    /** Ends {@link #pause()}. */
    void resume();

    boolean isAlive();

    /** Returns its log since the first start. */
    String log();

    /** Ends it at once. */
    void kill();

    /** Returns the directory of its files, as this process sees it. */
    Path directory();
}
