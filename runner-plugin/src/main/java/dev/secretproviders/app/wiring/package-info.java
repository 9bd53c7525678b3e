/**
 * Puts the running parts together: start, shutdown, the early socket, and Spring Boot for health, metrics and the Admin
 * API. Depends on all other packages of the application.
 */
@NullMarked
package dev.secretproviders.app.wiring;

import org.jspecify.annotations.NullMarked;
