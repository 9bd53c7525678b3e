/** Secrets of a Kubernetes cluster, read from its API server and watched for change. */
@NullMarked
package dev.secretproviders.provider.kubernetes;

import org.jspecify.annotations.NullMarked;
