/* What bench_vhosts does with the configuration of a web server: it reads all of it, and edits the site of one name. */
#pragma once

#include "base/err.h"

struct bench_server {
	const char *name;
	const char *main_file, *main_text; /* includes what is in sites/ */
	char *(*site)(
		size_t number); /* the text of a file of its own; its names are siteN.test and www.siteN.test */
	struct err *(*load)(void **config, const char *dir);
	struct err *(*edit)(void *config, const char *name);
	void (*release)(void *config);
};

extern const struct bench_server bench_nginx, bench_apache;
