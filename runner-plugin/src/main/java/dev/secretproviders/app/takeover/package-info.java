/**
 * The hand-over from a running runner to a new one, which {@code --takeover} asks for: sealed messages over a socket in
 * the data directory (docs/explanation/restarts.md).
 */
@NullMarked
package dev.secretproviders.app.takeover;

import org.jspecify.annotations.NullMarked;
