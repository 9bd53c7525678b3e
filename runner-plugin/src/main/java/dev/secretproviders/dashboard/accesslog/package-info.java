/**
 * The pages of the access log.
 */
@NullMarked
package dev.secretproviders.dashboard.accesslog;

import org.jspecify.annotations.NullMarked;
