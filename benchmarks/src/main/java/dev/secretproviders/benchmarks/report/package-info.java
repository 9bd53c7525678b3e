/** Formats of results: JSON, Markdown, SVG. */
@NullMarked
package dev.secretproviders.benchmarks.report;

import org.jspecify.annotations.NullMarked;
