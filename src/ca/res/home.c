/* / for people who look with a browser. */
#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/http/request.h"
#include "ca/res/registry.h"

static void get(struct ca_request *r)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_KIB(8));
	const char *website = r->ca->config->directory.website;

	buf_addf(&text,
		 "This is an ACME certificate authority (RFC 8555).\n\n"
		 "Its directory, for ACME clients:\n  %s" DIRECTORY_PATH "\n",
		 r->base);
	if (website != NULL)
		buf_addf(&text, "\nAbout it:\n  %s\n", website);
	ca_answer_bytes(r, 200, "text/plain", buf_str(&text), text.len);
}

const struct resource resource_home = {
	.path = "/",
	.get = get,
};
