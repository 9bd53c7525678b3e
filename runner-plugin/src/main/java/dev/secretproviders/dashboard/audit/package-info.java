/** The audit log on pages: who did what, with differences, exports and the check of the chain. */
@NullMarked
package dev.secretproviders.dashboard.audit;

import org.jspecify.annotations.NullMarked;
