/* What is out there in web roots, in <work-dir>/signet/webroot.json: for the run that comes after a killed one. */
#pragma once

#include "plugins/plugins.h"
#include "plugins/webroot_place.h"

/* The lists as one. The record goes when nothing is out there. */
MUST_CHECK struct err *webroot_record_save(const struct options *opt,
					   const struct places *const lists[], size_t count);
/*
 * Adds to left. An unreadable record is half of one: then nothing had been published yet. Entries that cannot be ours are left
 * alone, which is the error.
 */
MUST_CHECK struct err *webroot_record_read(struct places *left, const struct options *opt);
