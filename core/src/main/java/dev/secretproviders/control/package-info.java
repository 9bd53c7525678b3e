/**
 * What an operator decides at run time and the store keeps for all runners: provider objects, revocations, and the notices by which
 * runners tell each other of rotations.
 */
@NullMarked
package dev.secretproviders.control;

import org.jspecify.annotations.NullMarked;
