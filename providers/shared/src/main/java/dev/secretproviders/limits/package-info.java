/** What the configuration lets providers reach: files of this machine, and addresses of secret managers. */
@NullMarked
package dev.secretproviders.limits;

import org.jspecify.annotations.NullMarked;
