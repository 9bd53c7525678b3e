/**
 * Real peers for tests: {@link dev.secretproviders.peers.OpenBao}, {@link dev.secretproviders.peers.Moto} and {@link
 * dev.secretproviders.peers.Etcd}, each on a free port of 127.0.0.1, and a {@link dev.secretproviders.peers.FaultProxy} to
 * put in front of them. A peer is a container where a Docker engine answers, else a native process of the binaries that
 * {@code scripts/peers install} built; a test cannot tell which.
 *
 * <p>Every peer is {@link java.lang.AutoCloseable}: start it in {@code @BeforeAll}, into a field marked {@code @AutoClose}.
 */
@NullMarked
package dev.secretproviders.peers;

import org.jspecify.annotations.NullMarked;
