/**
 * The runner's own store: atomic transactions with conditions, and watches, over an embedded file or etcd.
 *
 * <p>Values are bytes, whose meaning the callers define. {@link dev.secretproviders.store.Store} is the contract that
 * both engines keep and one test suite checks.
 */
@NullMarked
package dev.secretproviders.store;

import org.jspecify.annotations.NullMarked;
