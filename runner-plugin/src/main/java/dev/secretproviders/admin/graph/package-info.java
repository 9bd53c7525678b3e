/**
 * The graph of managers, providers, secrets, credentials, consumers and routes, as the Admin API shows it.
 */
@NullMarked
package dev.secretproviders.admin.graph;

import org.jspecify.annotations.NullMarked;
