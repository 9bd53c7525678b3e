package dev.secretproviders.peers;

/** What tests do with a running peer, whichever it is. Not safe for use by several threads at once. */
public abstract class RunningPeer implements AutoCloseable {
    RunningPeer() {}

    /** Returns its process or container. */
    abstract Peer peer();

    /** Returns what talks to it. */
    abstract PeerHttp http();

    /** Returns whether it answers as it should after a start. */
    abstract boolean isReady();

    /** Stops it; connections are then refused. */
    public void stop() {
        peer().stop();
    }

    /** Starts it again on the same port, with its files and without what it held in memory. */
    public void startAgain() {
        peer().startAgain(this::isReady);
    }

    /** Freezes it: connections are accepted, nothing is answered. */
    public void pause() {
        peer().pause();
    }

    /** Ends {@link #pause()}; requests sent meanwhile are then answered. */
    public void resume() {
        peer().resume();
    }

    /** Ends it and deletes its temporary files. */
    @Override
    public void close() {
        http().close();
        peer().close();
    }
}
