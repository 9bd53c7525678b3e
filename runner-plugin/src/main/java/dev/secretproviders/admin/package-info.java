/**
 * The Admin API: provider objects, local secrets, references, audit, tokens and roles, over HTTP. One table of endpoints
 * says for each its path, the right that it needs and its schemas; routing, authorization and the OpenAPI document all come
 * from it.
 */
@NullMarked
package dev.secretproviders.admin;

import org.jspecify.annotations.NullMarked;
