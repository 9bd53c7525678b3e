/**
 * The runners that share the store.
 */
@NullMarked
package dev.secretproviders.admin.runner;

import org.jspecify.annotations.NullMarked;
