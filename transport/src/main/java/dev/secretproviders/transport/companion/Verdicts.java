package dev.secretproviders.transport.companion;

import dev.secretproviders.auth.Ruling;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.inject.InjectAnswer;
import dev.secretproviders.transport.wire.MalformedFrameException;
import java.util.OptionalLong;

/** Judges keys and other credentials for verdict calls, independently of any route. Thread-safe. */
@FunctionalInterface
public interface Verdicts {
    /**
     * Judges a key. Called on an event loop, so it may use only memory.
     *
     * @param key begins with the key; wiped on return
     * @param length the length of the key in bytes
     */
    Verdict of(byte[] key, int length);

    /**
     * Judges a credential that is more than a key. Called on an event loop, so it may use only memory.
     *
     * @param call valid during the call only; its fields are copies, which the callee wipes
     * @throws MalformedFrameException if the call has another shape, or is of an unknown kind
     */
    default Ruling of(CredentialCall call) throws MalformedFrameException {
        throw call.unknown();
    }

    /**
     * Returns the values for upstreams that a configuration of {@code secret-inject} names. Called on an event loop, so
     * it may use only memory.
     *
     * @param call valid during the call only
     * @throws MalformedFrameException if the call has another shape
     */
    default InjectAnswer values(CredentialCall call) throws MalformedFrameException {
        throw call.unknown();
    }

    /**
     * Takes a report of how often verdicts were used without a call. Called on an event loop, so it may use only memory.
     *
     * @param call valid during the call only
     * @return the number of uses that were reported; empty if nothing was counted, because no consumer is known yet
     * @throws MalformedFrameException if the call has another shape; then nothing was counted
     */
    default OptionalLong used(CredentialCall call) throws MalformedFrameException {
        throw call.unknown();
    }
}
