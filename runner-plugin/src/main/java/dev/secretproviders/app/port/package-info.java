/**
 * The ports of the Admin API, health and metrics. In a takeover the open sockets are passed on, so that no connection is
 * refused (docs/explanation/restarts.md).
 */
@NullMarked
package dev.secretproviders.app.port;

import org.jspecify.annotations.NullMarked;
