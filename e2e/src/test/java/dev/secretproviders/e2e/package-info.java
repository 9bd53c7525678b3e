/** Tests of the packaged runner as a process of its own, each class named by the promise that it holds the runner to. */
@NullMarked
package dev.secretproviders.e2e;

import org.jspecify.annotations.NullMarked;
