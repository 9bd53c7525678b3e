/**
 * The engine for several runners: the store in etcd.
 *
 * <p>Begin with {@link dev.secretproviders.store.etcd.EtcdStore}. {@link dev.secretproviders.store.etcd.EtcdAccess} says
 * how to reach an etcd; the source of consumers uses it, too.
 */
@NullMarked
package dev.secretproviders.store.etcd;

import org.jspecify.annotations.NullMarked;
