/**
 * Running the runner: audit log, backups, master keys, reload.
 */
@NullMarked
package dev.secretproviders.admin.operation;

import org.jspecify.annotations.NullMarked;
