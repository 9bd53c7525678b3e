/** What proves a credential, prepared from its secret before a request needs it. Each kind of credential has its own. */
@NullMarked
package dev.secretproviders.auth.proof;

import org.jspecify.annotations.NullMarked;
