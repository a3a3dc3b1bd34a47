/*
 * Certbot's way to change four links (certbot.md 8.1): previous_KIND.pem links to the old targets first, then the links,
 * then the previous_* are removed. While all four previous_* exist the change is not done, and whoever loads the lineage
 * puts the old targets back.
 */
#pragma once

#include "client/lineage/lineage.h"

MUST_CHECK struct err *dance(const struct lineage *l, const char *link_dir, unsigned version);
/* Nothing to do unless all four previous_* are there. */
MUST_CHECK struct err *dance_undo(const struct lineage *l);
