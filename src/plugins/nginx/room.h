/* Room for a long server_name in nginx' table of names, whose buckets are as large as a cache line unless the http block says more. */
#pragma once

#include "plugins/nginx/config.h"

MUST_CHECK struct err *room_make(struct edits *e, struct config *c, struct directive *http,
				 const char *name);
