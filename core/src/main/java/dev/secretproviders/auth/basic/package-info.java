/** Authentication by user name and password, as APISIX's own {@code basic-auth}. */
@NullMarked
package dev.secretproviders.auth.basic;

import org.jspecify.annotations.NullMarked;
