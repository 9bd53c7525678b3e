package dev.secretproviders.benchmarks.app;

import dev.secretproviders.benchmarks.subject.Peer;
import java.nio.file.Path;

/**
 * What the build made.
 *
 * @param runner our packaged runner
 * @param peer the official runner and our filters for it
 */
record Artifacts(Path runner, Peer.Jars peer) {}
