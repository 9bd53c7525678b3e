/**
 * Provider objects: reading, editing, testing, and the import of the secret objects of APISIX.
 */
@NullMarked
package dev.secretproviders.admin.provider;

import org.jspecify.annotations.NullMarked;
