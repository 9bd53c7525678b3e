/**
 * The engine for one runner: the store in one file of this machine.
 *
 * <p>Begin with {@link dev.secretproviders.store.embedded.EmbeddedStore}. It keeps the file, the lock against a second
 * process, the log that watches read, and the format of backups.
 */
@NullMarked
package dev.secretproviders.store.embedded;

import org.jspecify.annotations.NullMarked;
