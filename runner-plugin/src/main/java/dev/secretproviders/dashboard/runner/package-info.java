/** The page of the runners that share the store. */
@NullMarked
package dev.secretproviders.dashboard.runner;

import org.jspecify.annotations.NullMarked;
