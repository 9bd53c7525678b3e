/**
 * What the store brings to a running runner: opening it, the control plane, reloading the configuration, operations on
 * the whole store.
 */
@NullMarked
package dev.secretproviders.app.control;

import org.jspecify.annotations.NullMarked;
