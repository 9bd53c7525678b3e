/**
 * APISIX's consumers and their credentials, and the sources that follow the gateway's configuration: etcd, the Admin
 * API, a standalone file, the API of the standalone mode.
 */
@NullMarked
package dev.secretproviders.consumer;

import org.jspecify.annotations.NullMarked;
