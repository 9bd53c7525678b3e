/**
 * Routes: their configuration is compiled once, kept behind a conf token, and run for each request. Here are also the
 * contract of a built-in filter, and key authentication as one.
 */
@NullMarked
package dev.secretproviders.transport.route;

import org.jspecify.annotations.NullMarked;
