/**
 * The frame of all resources: endpoints, calls, answers, JSON, the OpenAPI document. A new resource implements {@link
 * dev.secretproviders.admin.rest.AdminResource}.
 */
@NullMarked
package dev.secretproviders.admin.rest;

import org.jspecify.annotations.NullMarked;
