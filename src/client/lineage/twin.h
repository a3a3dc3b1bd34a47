/*
 * A twin: a directory beside another one, with the same mode, owner, extended attributes and files (hard links), that will
 * take its place in one step.
 *
 * Sub-directories cannot be in two places; they are moved when the places have been swapped. A file system on which the
 * twin cannot be like the original (no hard links, no attributes, another owner) is a result, not an error.
 */
#pragma once

#include "base/err.h"

/* Names that the maker of the twin makes itself. */
typedef bool (*twin_skips_fn)(const char *name);

/* *exact false: nothing is left behind, take another way. */
MUST_CHECK struct err *twin_make(bool *exact, const char *dir, const char *twin,
				 twin_skips_fn skips);

/*
 * After the swap: what the old directory (now called `twin`) has and the new one lacks is moved over, the rest of it and
 * `twin` itself are removed. Also right for a twin that never took the place. A missing twin: nothing to do.
 */
MUST_CHECK struct err *twin_dissolve(const char *dir, const char *twin, twin_skips_fn skips);
