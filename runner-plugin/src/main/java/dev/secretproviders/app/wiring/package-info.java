/**
 * The running parts put together: start, shutdown, the early socket, Spring Boot for health, metrics and the Admin
 * API. Knows everything below.
 */
@NullMarked
package dev.secretproviders.app.wiring;

import org.jspecify.annotations.NullMarked;
