package dev.secretproviders.admin.graph;

import org.jspecify.annotations.Nullable;

/**
 * A node of the graph.
 *
 * @param id its type and name, unique, such as {@code consumer/jack}
 * @param name what people call it
 * @param state how it is, or null if that is not known
 */
record Node(String id, NodeType type, String name, @Nullable String state) {}
