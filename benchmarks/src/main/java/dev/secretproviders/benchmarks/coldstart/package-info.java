/** How long processes take from exec to their first socket and their first right answer, and how much memory they hold then. */
@NullMarked
package dev.secretproviders.benchmarks.coldstart;

import org.jspecify.annotations.NullMarked;
