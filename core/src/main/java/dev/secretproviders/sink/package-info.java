/**
 * Where audit records are copied to: a file, a syslog server, a webhook. It also reads the section {@code audit} of the
 * configuration.
 */
@NullMarked
package dev.secretproviders.sink;

import org.jspecify.annotations.NullMarked;
