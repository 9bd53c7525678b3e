/** Secrets in the KV engines, version 1 and 2, of HashiCorp Vault and OpenBao. */
@NullMarked
package dev.secretproviders.provider.vault;

import org.jspecify.annotations.NullMarked;
