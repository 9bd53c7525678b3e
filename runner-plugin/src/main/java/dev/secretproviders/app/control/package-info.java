/**
 * The parts of a running runner that need the store: opening it, the control plane, reloading the configuration, and
 * operations on the whole store.
 */
@NullMarked
package dev.secretproviders.app.control;

import org.jspecify.annotations.NullMarked;
