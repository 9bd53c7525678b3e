/** Names of credentials, and when and how often they were used. */
@NullMarked
package dev.secretproviders.auth.usage;

import org.jspecify.annotations.NullMarked;
