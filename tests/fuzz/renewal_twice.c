#include "renewal_twice.h"

#include <stdlib.h>

#include "base/limits.h"

static void need(bool fine)
{
	if (!fine)
		abort();
}

struct options *renewal_options(void)
{
	char renew[] = "renew", name[] = "signet";
	char *argv[] = { name, renew, NULL };
	struct options *o = NULL;
	AUTO(free) char *topic = NULL;
	enum options_action action = OPTIONS_HELP;
	struct err *e = options_parse(&o, &action, &topic, 2, argv);

	need(e == NULL && o != NULL);
	return o;
}

static void write_renewal(struct buf *out, const struct options *o)
{
	AUTO(ini_free) struct ini *conf = ini_new();

	options_save_renewal(o, conf);
	ini_write(conf, out);
	need(buf_check(out, "renewal file") == NULL);
}

/* NULL: no authenticator was chosen, which no saved lineage lacks; or an option cannot be read back. */
static struct options *read_renewal(const struct buf *text)
{
	AUTO(options_free) struct options *o = renewal_options();
	AUTO(ini_free) struct ini *conf = NULL;
	struct err *e = ini_parse(&conf, text->data, text->len);

	need(e == NULL);
	e = options_apply_renewal(o, conf);
	if (e != NULL) {
		err_free(e);
		return NULL;
	}
	return MOVE(o);
}

void renewal_twice(const struct options *o)
{
	AUTO(buf_release) struct buf said = BUF_INIT(LIMIT_MIB(1));
	AUTO(buf_release) struct buf once = BUF_INIT(LIMIT_MIB(1));
	AUTO(buf_release) struct buf twice = BUF_INIT(LIMIT_MIB(1));
	AUTO(options_free) struct options *first = NULL;
	AUTO(options_free) struct options *second = NULL;

	write_renewal(&said, o);
	first = read_renewal(&said);
	if (first == NULL) {
		need(o->authenticator == NULL);
		return;
	}
	write_renewal(&once, first);
	second = read_renewal(&once);
	need(second != NULL);
	write_renewal(&twice, second);
	need(streq(buf_str(&once), buf_str(&twice)));
}
