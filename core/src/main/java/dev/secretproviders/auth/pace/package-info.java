/** How threads wait for the credential index. */
@NullMarked
package dev.secretproviders.auth.pace;

import org.jspecify.annotations.NullMarked;
