/**
 * The command {@code check}: finds the references in the files of a gateway's configuration, or in its etcd, and says which
 * do not resolve, why and where.
 */
@NullMarked
package dev.secretproviders.app.cli.check;

import org.jspecify.annotations.NullMarked;
