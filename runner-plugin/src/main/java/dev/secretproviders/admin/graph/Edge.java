package dev.secretproviders.admin.graph;

import org.jspecify.annotations.Nullable;

/**
 * An edge of the graph. It points the way that a secret takes: from its manager to those who use it.
 *
 * @param from the id of the node that it begins at
 * @param to the id of the node that it ends at
 * @param reference the reference that makes it, or null
 */
record Edge(String from, String to, @Nullable String reference) {}
