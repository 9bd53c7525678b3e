/** How commands reach the Admin API of a runner: over the socket in the data directory, or over HTTP. */
@NullMarked
package dev.secretproviders.app.cli.call;

import org.jspecify.annotations.NullMarked;
