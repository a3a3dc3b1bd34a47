#include "proto/ari.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/str.h"
#include "jose/base64url.h"
#include "proto/field.h"

struct err *ari_cert_id(char **out, const struct cert *c)
{
	struct buf id = BUF_INIT(LIMIT_URL);

	if (c->authority_key_id.len == 0)
		return err_new(
			ERR_CRYPTO,
			"the certificate names no authority key identifier, which renewal information needs");
	base64url_add(&id, c->authority_key_id.data, c->authority_key_id.len);
	buf_addc(&id, '.');
	base64url_add(&id, c->serial.data, c->serial.len);
	*out = buf_detach(&id);
	return NULL;
}

static struct err *get_time(time_t *out, const json_t *window, const char *key)
{
	const char *text = NULL;

	TRY(json_get_string(&text, window, key, JSON_REQUIRED));
	if (!time_parse_rfc3339(text, out))
		return err_new(ERR_PROTOCOL, "field \"%s\" is no RFC 3339 date", key);
	return NULL;
}

/* A text for people's eyes and browsers: taken only if it is plainly a web address. */
static char *get_explanation(const json_t *obj)
{
	const char *text = json_string_value(json_object_get(obj, "explanationURL"));

	if (text == NULL || strlen(text) > LIMIT_URL ||
	    (!str_starts(text, "https://") && !str_starts(text, "http://")))
		return NULL;
	for (const char *p = text; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f)
			return NULL;
	return xstrdup(text);
}

static struct err *parse(struct ari_window *out, const json_t *obj)
{
	json_t *window = NULL;

	TRY(json_get_object(&window, obj, "suggestedWindow", JSON_REQUIRED));
	TRY(get_time(&out->start, window, "start"));
	TRY(get_time(&out->end, window, "end"));
	if (out->start >= out->end) /* RFC 9773 §4.2 */
		return err_new(ERR_PROTOCOL, "the suggested window ends before it starts");
	return NULL;
}

struct err *ari_parse(struct ari_window *out, const json_t *obj)
{
	struct ari_window w = { 0 };
	struct err *e = parse(&w, obj);

	if (e != NULL)
		return err_wrap_as(ERR_PROTOCOL, e, "renewal information");
	w.explanation_url = get_explanation(obj);
	*out = w;
	return NULL;
}

time_t ari_choose(const struct ari_window *w, const struct rand_source *r)
{
	return w->start + (time_t)rand_below(r, (uint64_t)(w->end - w->start) + 1);
}

void ari_window_release(struct ari_window *w)
{
	free(w->explanation_url);
	*w = (struct ari_window){ 0 };
}

#define ID_PART_MAX 64
#define HOUR_S (60 * 60)
#define DAY_S (24 * HOUR_S)

static struct err *parse_part(struct buf *out, const char *text, size_t len)
{
	if (len == 0)
		return err_new(ERR_PARSE, "an empty part");
	TRY(base64url_decode(out, text, len));
	return buf_check(out, "a part");
}

static struct err *parse_parts(struct ari_id *id, const char *text)
{
	const char *dot = strchr(text, '.');

	if (dot == NULL)
		return err_new(ERR_PARSE, "no dot");
	TRY(parse_part(&id->key_id, text, (size_t)(dot - text)));
	return parse_part(&id->serial, dot + 1, strlen(dot + 1));
}

struct err *ari_id_parse(struct ari_id *out, const char *text)
{
	struct ari_id id = { BUF_INIT(ID_PART_MAX), BUF_INIT(ID_PART_MAX) };
	struct err *e = parse_parts(&id, text);

	if (e != NULL) {
		ari_id_release(&id);
		return err_wrap_as(ERR_PARSE, e, "the certificate's identifier");
	}
	*out = id;
	return NULL;
}

void ari_id_release(struct ari_id *id)
{
	buf_release(&id->key_id);
	buf_release(&id->serial);
}

void ari_window_of(struct ari_window *out, time_t not_before, time_t not_after)
{
	time_t validity = not_after - not_before + 1; /* RFC 5280 §4.1.2.5: both ends count */
	time_t centre = not_before + (validity < 10 * DAY_S ? validity / 2 : validity / 3 * 2);
	time_t margin = validity / 100 > 0 ? validity / 100 : 1;

	*out = (struct ari_window){ .start = centre - margin, .end = centre + margin };
}

void ari_window_past(struct ari_window *out, time_t now, const char *explanation_url)
{
	*out = (struct ari_window){ .start = now - HOUR_S, .end = now - HOUR_S / 2 };
	out->explanation_url = explanation_url != NULL ? xstrdup(explanation_url) : NULL;
}

json_t *ari_render(const struct ari_window *w)
{
	json_t *obj = json_object();
	json_t *window = json_object();

	field_time(window, "start", w->start);
	field_time(window, "end", w->end);
	json_object_set_new(obj, "suggestedWindow", window);
	field_text(obj, "explanationURL", w->explanation_url);
	return obj;
}

unsigned ari_retry_spread_s(const struct rand_source *r)
{
	unsigned spread = ARI_RETRY_DEFAULT_S / 5;

	return ARI_RETRY_DEFAULT_S - spread + (unsigned)rand_below(r, 2 * spread + 1);
}
