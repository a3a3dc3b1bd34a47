/* The record as JSON: one table a struct, read in both directions. */
#include "va/record.h"

#include "base/limits.h"

enum kind { TEXT, LIST, FLAG, INT, UNSIGNED, SIZE, LONG };

struct field {
	const char *key;
	enum kind kind;
	size_t offset;
};

#define ANSWER(key, kind, member)                             \
	{                                                     \
		key, kind, offsetof(struct va_answer, member) \
	}
#define HOP(key, kind, member)                             \
	{                                                  \
		key, kind, offsetof(struct va_hop, member) \
	}
#define RECORD(key, kind, member)                             \
	{                                                     \
		key, kind, offsetof(struct va_record, member) \
	}

static const struct field answer_fields[] = {
	ANSWER("name", TEXT, name),
	ANSWER("type", TEXT, type),
	ANSWER("server", TEXT, server),
	ANSWER("outcome", TEXT, outcome),
	ANSWER("authenticated", FLAG, authenticated),
	ANSWER("extendedError", TEXT, extended),
	ANSWER("records", LIST, records),
	ANSWER("recordCount", SIZE, record_count),
	ANSWER("atMs", LONG, at_ms),
	ANSWER("tookMs", LONG, took_ms),
};

static const struct field hop_fields[] = {
	HOP("url", TEXT, url),
	HOP("hostname", TEXT, hostname),
	HOP("port", UNSIGNED, port),
	HOP("addressesResolved", LIST, addresses_resolved),
	HOP("addressesTried", LIST, addresses_tried),
	HOP("addressUsed", TEXT, address_used),
	HOP("tlsServerName", TEXT, tls.sni),
	HOP("tlsVersion", TEXT, tls.version),
	HOP("tlsCipher", TEXT, tls.cipher),
	HOP("tlsProtocol", TEXT, tls.protocol),
	HOP("certificateSha256", TEXT, tls.certificate_sha256),
	HOP("certificateNames", LIST, tls.names),
	HOP("status", INT, status),
	HOP("location", TEXT, location),
	HOP("error", TEXT, error),
	HOP("atMs", LONG, at_ms),
	HOP("connectedMs", LONG, connected_ms),
	HOP("handshakeMs", LONG, handshake_ms),
	HOP("answeredMs", LONG, answered_ms),
};

static const struct field record_fields[] = {
	RECORD("perspective", TEXT, perspective),
	RECORD("region", TEXT, region),
	RECORD("challenge", TEXT, type),
	RECORD("identifier", TEXT, identifier),
	RECORD("startedMs", LONG, started_ms),
	RECORD("tookMs", LONG, took_ms),
	RECORD("notes", LIST, notes),
};

/* --- out --- */

static json_t *render_list(const struct strlist *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->count; i++)
		(void)json_array_append_new(list, json_string(l->items[i]));
	return list;
}

/* NULL for what is absent. */
static json_t *render_field(const void *member, enum kind kind)
{
	switch (kind) {
	case TEXT: {
		const char *text = *(char *const *)member;

		return text != NULL ? json_string(text) : NULL;
	}
	case LIST: {
		const struct strlist *l = member;

		return l->count > 0 ? render_list(l) : NULL;
	}
	case FLAG:
		return json_boolean(*(const bool *)member);
	case INT:
		return json_integer(*(const int *)member);
	case UNSIGNED:
		return json_integer(*(const unsigned *)member);
	case SIZE:
		return json_integer((json_int_t) * (const size_t *)member);
	case LONG:
		return json_integer(*(const int64_t *)member);
	}
	return NULL;
}

static json_t *render(const void *of, const struct field *fields, size_t count)
{
	json_t *obj = json_object();

	for (size_t i = 0; i < count; i++) {
		json_t *value = render_field((const char *)of + fields[i].offset, fields[i].kind);

		if (value != NULL)
			(void)json_object_set_new(obj, fields[i].key, value);
	}
	return obj;
}

json_t *va_record_render(const struct va_record *r)
{
	json_t *obj = render(r, record_fields, ARRAY_LEN(record_fields));
	json_t *answers = json_array();
	json_t *hops = json_array();

	for (size_t i = 0; i < r->answer_count; i++)
		(void)json_array_append_new(
			answers, render(&r->answers[i], answer_fields, ARRAY_LEN(answer_fields)));
	for (size_t i = 0; i < r->hop_count; i++)
		(void)json_array_append_new(hops,
					    render(&r->hops[i], hop_fields, ARRAY_LEN(hop_fields)));
	(void)json_object_set_new(obj, "answers", answers);
	(void)json_object_set_new(obj, "hops", hops);
	return obj;
}

static json_t *public_hop(const struct va_hop *h)
{
	AUTO(free) char *port = str_fmt("%u", h->port);
	json_t *obj = json_object();

	if (h->url != NULL)
		(void)json_object_set_new(obj, "url", json_string(h->url));
	(void)json_object_set_new(obj, "hostname", json_string(h->hostname));
	(void)json_object_set_new(obj, "port", json_string(port));
	(void)json_object_set_new(obj, "addressesResolved", render_list(&h->addresses_resolved));
	(void)json_object_set_new(obj, "addressUsed",
				  json_string(h->address_used != NULL ? h->address_used : ""));
	if (h->addresses_tried.count > 0)
		(void)json_object_set_new(obj, "addressesTried", render_list(&h->addresses_tried));
	return obj;
}

json_t *va_record_public(const struct va_record *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->hop_count; i++)
		(void)json_array_append_new(list, public_hop(&r->hops[i]));
	return list;
}

/* --- in --- */

static struct err *parse_field(void *member, const struct field *f, const json_t *obj)
{
	const char *text = NULL;
	int64_t n = 0;

	switch (f->kind) {
	case TEXT:
		TRY(json_get_string(&text, obj, f->key, JSON_OPTIONAL));
		if (text != NULL) {
			free(*(char **)member);
			*(char **)member = str_printable(text, LIMIT_URL);
		}
		return NULL;
	case LIST:
		return json_get_strings(member, obj, f->key, JSON_OPTIONAL);
	case FLAG:
		return json_get_bool(member, obj, f->key, JSON_OPTIONAL);
	case LONG:
		return json_get_int(member, obj, f->key, JSON_OPTIONAL);
	case INT:
	case UNSIGNED:
	case SIZE:
		break;
	}
	TRY(json_get_int(&n, obj, f->key, JSON_OPTIONAL));
	if (n < 0 || n > INT32_MAX)
		return err_new(ERR_PARSE, "field \"%s\" is out of range", f->key);
	if (f->kind == INT)
		*(int *)member = (int)n;
	else if (f->kind == UNSIGNED)
		*(unsigned *)member = (unsigned)n;
	else
		*(size_t *)member = (size_t)n;
	return NULL;
}

static struct err *parse(void *into, const json_t *obj, const struct field *fields, size_t count)
{
	if (!json_is_object(obj))
		return err_new(ERR_PARSE, "a part of the record is no object");
	for (size_t i = 0; i < count; i++)
		TRY(parse_field((char *)into + fields[i].offset, &fields[i], obj));
	return NULL;
}

static struct err *parse_answers(struct va_record *r, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct va_answer *a = va_record_add_answer(r);

		TRY(parse(a, json_array_get(list, i), answer_fields, ARRAY_LEN(answer_fields)));
		if (a->name == NULL || a->type == NULL || a->outcome == NULL)
			return err_new(ERR_PARSE, "a DNS answer without name, type or outcome");
	}
	return NULL;
}

static struct err *parse_hops(struct va_record *r, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct va_hop *h = va_record_add_hop(r);

		TRY(parse(h, json_array_get(list, i), hop_fields, ARRAY_LEN(hop_fields)));
		if (h->hostname == NULL)
			return err_new(ERR_PARSE, "a hop without hostname");
	}
	return NULL;
}

struct err *va_record_parse(struct va_record **out, const json_t *obj)
{
	AUTO(va_record_free) struct va_record *r = va_record_new("", "", "");
	json_t *answers = NULL;
	json_t *hops = NULL;

	TRY(parse(r, obj, record_fields, ARRAY_LEN(record_fields)));
	TRY(json_get_array(&answers, obj, "answers", JSON_REQUIRED));
	TRY(json_get_array(&hops, obj, "hops", JSON_REQUIRED));
	if (json_array_size(answers) + json_array_size(hops) > LIMIT_VA_RECORD_ENTRIES)
		return err_new(ERR_LIMIT, "a record with more than %d entries",
			       LIMIT_VA_RECORD_ENTRIES);
	TRY(parse_answers(r, answers));
	TRY(parse_hops(r, hops));
	*out = MOVE(r);
	return NULL;
}
