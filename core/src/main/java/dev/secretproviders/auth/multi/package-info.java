/** Several kinds of authentication for one route, as APISIX's own {@code multi-auth}. */
@NullMarked
package dev.secretproviders.auth.multi;

import org.jspecify.annotations.NullMarked;
