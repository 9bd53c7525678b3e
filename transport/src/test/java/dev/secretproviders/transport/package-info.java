/** The promises of the transport, shown over real sockets. */
@NullMarked
package dev.secretproviders.transport;

import org.jspecify.annotations.NullMarked;
