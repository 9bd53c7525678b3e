/**
 * The access log: for each secret when it was fetched or checked and which credentials used it, counted by hour.
 */
@NullMarked
package dev.secretproviders.accesslog;

import org.jspecify.annotations.NullMarked;
