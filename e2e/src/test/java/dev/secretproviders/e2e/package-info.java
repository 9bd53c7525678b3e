/** Tests of the packaged runner as a separate process. Each class is named after the behaviour that it checks. */
@NullMarked
package dev.secretproviders.e2e;

import org.jspecify.annotations.NullMarked;
