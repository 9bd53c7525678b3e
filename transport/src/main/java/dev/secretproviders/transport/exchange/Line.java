package dev.secretproviders.transport.exchange;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.work.Piece;
import org.jspecify.annotations.Nullable;

/** The connection of an exchange. Called on the event loop, except {@link #onLoop}. */
public interface Line {
    /** Asks APISIX for what the exchange wants next, or lets the exchange proceed if it wants nothing. */
    void proceed();

    /** Ends the exchange with an answer. */
    void answer(FilterAnswer answer);

    /** Ends the exchange with a built-in filter's decision; null if the filter failed. */
    void decide(@Nullable Decision decision);

    /** Hands a piece to workers. Its result comes back to this event loop. */
    void work(Piece piece);

    /** Closes the connection, because a result cannot be used. */
    void failed(Throwable failure);

    /** Runs a task on the event loop, unless the exchange is over by then. Called from any thread. */
    void onLoop(Runnable task);
}
