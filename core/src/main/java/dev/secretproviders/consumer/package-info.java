/**
 * APISIX's consumers and their credentials as the gateway's configuration tells them, and the sources that follow that
 * configuration: etcd, the Admin API, a standalone file.
 */
@NullMarked
package dev.secretproviders.consumer;

import org.jspecify.annotations.NullMarked;
