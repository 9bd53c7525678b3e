/**
 * The runner's own store: the contract of its engines, and what is the same for all of them.
 *
 * <p>Begin with {@link dev.secretproviders.store.Store}: entries by key, atomic transactions with conditions, and
 * watches. Values are bytes, whose meaning the callers define. One test suite checks every engine. The engines are in
 * {@code embedded} and {@code etcd}. {@code protection} encrypts what an engine keeps and detects that it went back. All
 * three know this package, and not each other.
 */
@NullMarked
package dev.secretproviders.store;

import org.jspecify.annotations.NullMarked;
