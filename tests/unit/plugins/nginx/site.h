/* One file of sites, and what becomes of it. */
#pragma once

#include "plugins/nginx/install.h"
#include "root.h"

static const struct target_ports ports = { .http = 80, .https = 443 };
static const struct install_files files = { "/le/full.pem", "/le/key.pem", "options",
					    "/le/dh.pem",   NULL,          NULL };

#define M " # managed by Certbot\n"
#define CERTIFICATE " ssl_certificate /le/full.pem;" M " ssl_certificate_key /le/key.pem;" M
#define TLS CERTIFICATE " include options;" M " ssl_dhparam /le/dh.pem;" M

static inline void note_edit(void *out, const char *path, const struct buf *old,
			     const struct buf *new)
{
	(void)old;
	buf_addf(out, "%s:%s", strrchr(path, '/') + 1, buf_str(new));
}

typedef struct err *(*act_fn)(struct config *c, const char *name);

/* What becomes of the file "site", which http includes; "" of the others' edits follow it. */
static inline struct err *acted(struct buf *out, const struct root *r, const char *site,
				const char *name, act_fn act)
{
	AUTO(config_free) struct config *c = NULL;

	root_write(r, "nginx.conf", "http {\n include site;\n}\n");
	root_write(r, "options", "ssl_protocols TLSv1.3;\n");
	root_write(r, "site", site);
	TRY(config_load(&c, r->dir));
	TRY(act(c, name));
	config_edits(c, note_edit, out);
	return NULL;
}

struct edit {
	const char *name, *site, *wanted;
};

static inline void check_all(const struct root *r, act_fn act, const struct edit *edits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_KIB(16));

		assert_done(acted(&b, r, edits[i].site, edits[i].name, act));
		assert_string_equal(buf_str(&b), edits[i].wanted);
	}
}

static inline struct err *install(struct config *c, const char *name)
{
	return install_certificate(c, name, &files, &ports, NULL);
}
