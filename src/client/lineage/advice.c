#include "client/lineage/advice.h"

#include "base/clock.h"

#define SECTION "acme_renewal_info"
#define RETRY "ari_retry_after"
#define CERTIFICATE "ari_certificate"
#define WINDOW_START "ari_window_start"
#define WINDOW_END "ari_window_end"
#define RENEW_AT "ari_renew_at"

/* Local time repeats an hour in autumn. */
#define MUTED_MAX_S (ARI_RETRY_MAX_S + 60 * 60)

/* NULL when it is absent or cannot be read: such advice is asked for again. */
static char *value_of(const struct lineage *l, const char *key)
{
	char *value = NULL;

	err_ignore(ini_get(&value, l->conf, SECTION, key));
	return value;
}

static bool time_of(const struct lineage *l, const char *key, time_t *out)
{
	AUTO(free) char *value = value_of(l, key);

	return value != NULL && time_parse_rfc3339(value, out);
}

static void set_time(const struct lineage *l, const char *key, time_t t)
{
	AUTO(free) char *text = time_rfc3339(t);

	ini_set(l->conf, SECTION, key, text);
}

bool advice_muted_till(const struct lineage *l, time_t now, time_t *till)
{
	AUTO(free) char *value = value_of(l, RETRY);

	/* Further ahead than we ever write: the clock was wrong, or somebody else means to wait for weeks. */
	return value != NULL && time_parse_local_iso(value, till) && now < *till &&
	     *till - now <= MUTED_MAX_S;
}

void advice_mute(const struct lineage *l, time_t until)
{
	AUTO(free) char *text = time_local_iso(until);

	ini_set(l->conf, SECTION, RETRY, text);
}

static bool is_about_this(const struct lineage *l)
{
	AUTO(free) char *serial = value_of(l, CERTIFICATE);

	return serial != NULL && streq(serial, l->cert->serial_hex);
}

bool advice_renew_at(const struct lineage *l, time_t *out)
{
	return is_about_this(l) && time_of(l, RENEW_AT, out);
}

bool advice_window(const struct lineage *l, struct ari_window *out)
{
	struct ari_window w = { 0 };

	if (!is_about_this(l) || !time_of(l, WINDOW_START, &w.start) ||
	    !time_of(l, WINDOW_END, &w.end))
		return false;
	*out = w;
	return true;
}

static bool is_known(const struct lineage *l, const struct ari_window *w)
{
	struct ari_window known;
	time_t chosen;

	return advice_renew_at(l, &chosen) && advice_window(l, &known) && known.start == w->start &&
	       known.end == w->end;
}

void advice_set_window(const struct lineage *l, const struct ari_window *w,
		       const struct rand_source *r)
{
	if (is_known(l, w))
		return;
	ini_set(l->conf, SECTION, CERTIFICATE, l->cert->serial_hex);
	set_time(l, WINDOW_START, w->start);
	set_time(l, WINDOW_END, w->end);
	set_time(l, RENEW_AT, ari_choose(w, r));
}

bool advice_forget_window(const struct lineage *l)
{
	static const char *const keys[] = { CERTIFICATE, WINDOW_START, WINDOW_END, RENEW_AT };
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (!ini_has(l->conf, SECTION, keys[i]))
			continue;
		ini_remove(l->conf, SECTION, keys[i]);
		any = true;
	}
	return any;
}
