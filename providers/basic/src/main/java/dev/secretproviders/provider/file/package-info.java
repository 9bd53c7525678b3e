/**
 * Secrets in files: a directory of mounted secret files, as Kubernetes and Docker mount them, or one properties, YAML or JSON
 * file. Both are watched for change.
 */
@NullMarked
package dev.secretproviders.provider.file;

import org.jspecify.annotations.NullMarked;
