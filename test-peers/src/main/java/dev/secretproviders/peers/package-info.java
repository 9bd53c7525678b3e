/**
 * Real peers for tests: {@link dev.secretproviders.peers.OpenBao}, {@link dev.secretproviders.peers.Moto} and {@link
 * dev.secretproviders.peers.Etcd} and more, each on a free port of 127.0.0.1, and a {@link dev.secretproviders.peers.FaultProxy} to
 * put in front of them. A peer is a container if a Docker engine answers, otherwise a native process with the binaries
 * that {@code scripts/peers install} built; tests behave alike with both.
 *
 * <p>Every peer is {@link java.lang.AutoCloseable}: start it in {@code @BeforeAll}, into a field marked {@code @AutoClose}.
 */
@NullMarked
package dev.secretproviders.peers;

import org.jspecify.annotations.NullMarked;
