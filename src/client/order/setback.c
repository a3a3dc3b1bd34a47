#include "client/order/setback.h"

#include <openssl/evp.h>

#include "acme/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/limits.h"
#include "client/order/report.h"

#define MINUTE_S 60
#define HOUR_S (60 * MINUTE_S)
#define LIFE_PARTS 6
#define DIGEST_BYTES 32
#define NAMES_SHOWN 3

static const char suffix[] = ".json";
static const char params[] = "renewalparams";

/* The last one is for ever: a day, less what a daily timer may come early. */
static const int64_t waits_s[] = { MINUTE_S, 10 * MINUTE_S, 100 * MINUTE_S, 23 * HOUR_S };

void setback_free(struct setback *s)
{
	if (s == NULL)
		return;
	free(s->reason);
	err_free(s->error);
	free(s->request);
	free(s);
}

static char *path_of(const struct tree *t, const char *lineage)
{
	AUTO(free) char *file = str_fmt("setbacks/%s%s", lineage, suffix);

	return tree_state_path(t, file);
}

struct err *setback_names(struct strlist *out, const struct tree *t)
{
	AUTO(free) char *dir = tree_state_path(t, "setbacks");
	AUTO(strlist_release) struct strlist files = { 0 };

	TRY(fs_list(&files, dir));
	for (size_t i = 0; i < files.count; i++)
		if (str_ends(files.items[i], suffix))
			strlist_take(out, xstrndup(files.items[i],
						   strlen(files.items[i]) - strlen(suffix)));
	return NULL;
}

static void add_section(struct buf *out, const struct ini *conf, const char *section)
{
	AUTO(strlist_release) struct strlist keys = { 0 };
	AUTO(strlist_release) struct strlist below = { 0 };

	ini_keys(&keys, conf, section);
	for (size_t i = 0; i < keys.count; i++) {
		AUTO(free) char *value = NULL;

		err_ignore(ini_get(&value, conf, section, keys.items[i]));
		buf_addf(out, "%s/%s=%s\n", section, keys.items[i], value != NULL ? value : "");
	}
	ini_sections(&below, conf, section);
	for (size_t i = 0; i < below.count; i++) {
		AUTO(free) char *path = str_fmt("%s/%s", section, below.items[i]);

		add_section(out, conf, path);
	}
}

/* Of the certificate and of what is said about its renewal. */
static char *digest(const struct lineage *l, const struct ini *conf)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_FILE);
	AUTO(buf_release) struct buf hex = BUF_INIT(LIMIT_KIB(1));
	unsigned char sum[DIGEST_BYTES];

	buf_addf(&text, "%s\n", l->cert->serial_hex);
	add_section(&text, conf, params);
	if (EVP_Digest(text.data, text.len, sum, NULL, EVP_sha256(), NULL) != 1)
		return NULL;
	for (size_t i = 0; i < sizeof(sum); i++)
		buf_addf(&hex, "%02x", sum[i]);
	return buf_detach(&hex);
}

static struct err *planned_conf(struct ini **out, const struct options *opt,
				const struct lineage *l)
{
	AUTO(options_free) struct options *plan = options_copy(opt);
	AUTO(ini_free) struct ini *conf = NULL;
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_FILE);

	ini_write(l->conf, &text);
	TRY(buf_check(&text, l->conf_path));
	TRY(ini_parse(&conf, buf_str(&text), text.len));
	TRY(options_apply_renewal(plan, conf));
	options_save_renewal(plan, conf);
	*out = MOVE(conf);
	return NULL;
}

/* What the command line says this time counts as well. */
static char *digest_of_request(const struct client *c, const struct lineage *l)
{
	AUTO(ini_free) struct ini *conf = NULL;

	err_ignore(planned_conf(&conf, c->opt, l));
	return conf != NULL ? digest(l, conf) : NULL;
}

static struct err *read_text(char **out, const json_t *obj, const char *key, enum json_need need)
{
	const char *value = NULL;

	TRY(json_get_string(&value, obj, key, need));
	*out = value != NULL ? xstrdup(value) : NULL;
	return NULL;
}

static struct err *read_time(time_t *out, const json_t *obj, const char *key)
{
	const char *value = NULL;

	TRY(json_get_string(&value, obj, key, JSON_REQUIRED));
	return time_parse_rfc3339(value, out) ? NULL : err_new(ERR_PARSE, "%s is no time", key);
}

static enum err_code code_of(const char *name)
{
	for (enum err_code code = 0; code < ERR_CODE_COUNT; code++)
		if (streq(err_code_name(code), name))
			return code;
	return ERR_INTERNAL;
}

static struct err *read_error(struct err **out, const json_t *obj)
{
	const char *message = NULL, *code = NULL;
	AUTO(free) char *urn = NULL;
	AUTO(free) char *identifier = NULL;

	TRY(json_get_string(&message, obj, "message", JSON_REQUIRED));
	TRY(json_get_string(&code, obj, "code", JSON_REQUIRED));
	TRY(read_text(&urn, obj, "type", JSON_OPTIONAL));
	TRY(read_text(&identifier, obj, "identifier", JSON_OPTIONAL));
	*out = err_new(code_of(code), "%s", message);
	(*out)->urn = MOVE(urn);
	(*out)->identifier = MOVE(identifier);
	return NULL;
}

static struct err *read_setback(struct setback *s, char **setup, const json_t *obj)
{
	TRY(json_get_int(&s->failures, obj, "failures", JSON_REQUIRED));
	TRY(read_time(&s->failed_at, obj, "failed_at"));
	TRY(read_time(&s->next_try, obj, "next_try"));
	TRY(read_error(&s->error, obj));
	TRY(read_text(&s->reason, obj, "reason", JSON_REQUIRED));
	TRY(read_text(&s->request, obj, "request", JSON_OPTIONAL));
	return read_text(setup, obj, "setup", JSON_REQUIRED);
}

static struct err *load(struct setback **out, const struct tree *t, const struct lineage *l)
{
	AUTO(setback_free) struct setback *s = xcalloc(1, sizeof(*s));
	AUTO(json_release) json_t *obj = NULL;
	AUTO(free) char *path = path_of(t, l->name);
	AUTO(free) char *text = NULL;
	AUTO(free) char *setup = NULL;
	AUTO(free) char *now = digest(l, l->conf);
	size_t len = 0;

	TRY(fs_read_if_exists(&text, &len, path, LIMIT_FILE));
	if (text == NULL)
		return NULL;
	TRY(json_parse(&obj, text, len, path));
	TRY(read_setback(s, &setup, obj));
	if (now != NULL && streq(now, setup))
		*out = MOVE(s);
	return NULL;
}

struct setback *setback_of(const struct tree *t, const struct lineage *l, time_t now)
{
	AUTO(setback_free) struct setback *s = NULL;

	err_ignore(load(&s, t, l));
	return s != NULL && s->failed_at <= now ? MOVE(s) : NULL;
}

bool setback_holds(const struct setback *s, const struct client *c, const struct lineage *l)
{
	if (world_now(c->world) >= s->next_try)
		return false;
	AUTO(free) char *request = digest_of_request(c, l);

	return request != NULL && s->request != NULL && streq(request, s->request);
}

/* Where this machine is in its own way, the CA need not be spared: the order is kept, or was never placed. */
static bool is_ours_alone(const struct err *e)
{
	return e->code == ERR_USAGE || e->code == ERR_CONFIG || e->code == ERR_IO ||
	       e->code == ERR_PERMISSION || e->code == ERR_MISSING;
}

/* A certificate that lives for hours has no day to wait. */
static int64_t wait_s(const struct lineage *l, int64_t failures, const struct err *why)
{
	size_t last = ARRAY_LEN(waits_s) - 1;
	size_t step = failures <= (int64_t)last ? (size_t)failures - 1 : last;
	int64_t part_s = (int64_t)(l->cert->not_after - l->cert->not_before) / LIFE_PARTS;
	int64_t wait_s = waits_s[step] < part_s ? waits_s[step] : part_s;
	int64_t asked_s = acme_err_retry_after(why);

	if (is_ours_alone(why))
		return 0;
	return wait_s > asked_s ? wait_s : asked_s;
}

static void set_time(json_t *obj, const char *key, time_t t)
{
	AUTO(free) char *text = time_rfc3339(t);

	json_object_set_new(obj, key, json_string(text));
}

static void add_reason(struct buf *out, const struct err *e)
{
	const char *type = acme_err_type(e), *name = acme_err_identifier(e);

	buf_adds(out, type != NULL ? type : e->msg);
	if (type != NULL && name != NULL)
		buf_addf(out, " (%s)", name);
}

/* "unauthorized (a.test), dns (b.test), dns (c.test) and 2 more" */
static char *reason_of(const struct err *why)
{
	struct buf b = BUF_INIT(LIMIT_ERROR_TEXT);
	size_t count = acme_err_subproblem_count(why);
	size_t shown = count < NAMES_SHOWN ? count : NAMES_SHOWN;

	for (size_t i = 0; i < shown; i++) {
		buf_adds(&b, i > 0 ? ", " : "");
		add_reason(&b, acme_err_subproblem(why, i));
	}
	if (count > shown)
		buf_addf(&b, " and %zu more", count - shown);
	if (count == 0 && acme_err_type(why) != NULL)
		add_reason(&b, why);
	else if (count == 0)
		err_format(why, &b);
	return buf_detach(&b);
}

static void set_text(json_t *obj, const char *key, const char *text)
{
	AUTO(free) char *shown = text != NULL ? str_printable(text, LIMIT_ERROR_TEXT) : NULL;

	json_object_set_new(obj, key, shown != NULL ? json_string(shown) : json_null());
}

static json_t *error_record(const struct err *why)
{
	AUTO(free) char *message = failure_line(why);
	AUTO(free) char *reason = reason_of(why);
	const struct err *first = acme_err_subproblem_count(why) > 0 ? acme_err_subproblem(why, 0)
								     : why;
	json_t *obj = json_object();

	set_text(obj, "message", message);
	set_text(obj, "reason", reason);
	set_text(obj, "code", err_code_name(why->code));
	set_text(obj, "type", acme_err_urn(first));
	set_text(obj, "identifier", acme_err_identifier(first));
	return obj;
}

static struct err *save(const struct tree *t, const char *lineage, const json_t *record)
{
	AUTO(free) char *path = path_of(t, lineage);
	AUTO(free) char *dir = fs_parent(path);
	AUTO(free) char *text = json_compact(record);

	TRY(fs_mkdirs(dir, 0700));
	return fs_replace(path, text, strlen(text), 0600, false);
}

struct err *setback_note(const struct client *c, const struct lineage *l, const struct err *why)
{
	time_t now = world_now(c->world);
	AUTO(setback_free) struct setback *before = setback_of(c->tree, l, now);
	AUTO(json_release) json_t *record = error_record(why);
	AUTO(free) char *setup = digest(l, l->conf);
	AUTO(free) char *request = digest_of_request(c, l);
	int64_t failures = before != NULL ? before->failures + 1 : 1;

	json_object_set_new(record, "failures", json_integer(failures));
	set_time(record, "failed_at", now);
	set_time(record, "next_try", now + (time_t)wait_s(l, failures, why));
	set_text(record, "setup", setup);
	set_text(record, "request", request);
	return save(c->tree, l->name, record);
}

struct err *setback_forget(const struct tree *t, const char *lineage)
{
	AUTO(free) char *path = path_of(t, lineage);

	return fs_unlink(path);
}
