/** Tests of the transport over real sockets. */
@NullMarked
package dev.secretproviders.transport;

import org.jspecify.annotations.NullMarked;
