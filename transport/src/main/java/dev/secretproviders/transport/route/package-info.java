/**
 * Routes. Their configuration is compiled once, kept under a conf token, and run for each request. Also the contract of
 * a built-in filter, and key authentication as one.
 */
@NullMarked
package dev.secretproviders.transport.route;

import org.jspecify.annotations.NullMarked;
