/**
 * What an operator decides at run time and the store keeps for all runners: provider objects and revocations. Also the
 * notices by which runners inform each other of rotations.
 */
@NullMarked
package dev.secretproviders.control;

import org.jspecify.annotations.NullMarked;
