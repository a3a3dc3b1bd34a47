/* eab add: a key that lets somebody register an account (RFC 8555 §7.3.4). */
#include <openssl/crypto.h>
#include <string.h>

#include "base/json.h"
#include "base/secret.h"
#include "ca/cmd/desk.h"
#include "ca/cmd/registry.h"
#include "ca/config/value.h"
#include "jose/base64url.h"
#include "proto/eab.h"

enum { KID_BYTES = 12, KEY_BYTES = 32, MIN_KEY_BYTES = 16 };

static char *drawn(const struct world *world, size_t len)
{
	unsigned char bytes[KEY_BYTES];

	world->random->bytes(world->random, bytes, len);
	char *text = base64url_encode(bytes, len);

	OPENSSL_cleanse(bytes, sizeof(bytes));
	return text;
}

static char *given_or_drawn(const struct command_run *r, const char *option, size_t len)
{
	const char *given = command_value(r, option);

	return given != NULL ? xstrdup(given) : drawn(r->world, len);
}

/* As the CA will read it; too short ones can be guessed. */
static struct err *check_key(const char *text)
{
	AUTO(secret_release) struct secret key = { 0 };

	TRY(eab_key_parse(&key, text));
	if (key.len < MIN_KEY_BYTES)
		return err_new(ERR_USAGE, "the key has %zu bytes, at least %d are needed", key.len,
			       MIN_KEY_BYTES);
	return NULL;
}

static struct err *read_expiry(time_t *out, const struct command_run *r)
{
	static const struct config_key form = {
		.name = "--expires", .kind = CONFIG_DURATION, .min = 1, .max = INT32_MAX
	};
	const char *text = command_value(r, form.name);
	int64_t seconds = 0;

	if (text == NULL)
		return NULL;
	struct err *e = config_value_set(&seconds, &form, text, ".");

	if (e != NULL)
		return err_wrap_as(ERR_USAGE, e, "%s", form.name);
	*out = world_now(r->world) + (time_t)seconds;
	return NULL;
}

static struct err *keep(const struct command_run *r, const struct store_eab *e)
{
	AUTO(desk_close) struct desk *d = NULL;
	AUTO(desk_answer_release) struct store_answer answer = { 0 };

	TRY(desk_open(&d, r->config, r->world));
	store_eab_add(desk_store(d), desk_asker(d), e);
	TRY(desk_wait(d, &answer));
	if (answer.outcome == STORE_EXISTED)
		return err_new(ERR_USAGE, "there is a key with the identifier \"%s\" already",
			       e->kid);
	return NULL;
}

static void show(const struct command_run *r, const struct store_eab *e)
{
	if (!command_has(r, "--json")) {
		(void)fprintf(r->out, "Key identifier: %s\nMAC key:        %s\n", e->kid,
			      e->mac_key);
		return;
	}
	AUTO(json_release) json_t *obj = json_object();

	(void)json_object_set_new(obj, "kid", json_string(e->kid));
	(void)json_object_set_new(obj, "key", json_string(e->mac_key));
	AUTO(free) char *text = json_compact(obj);

	(void)fprintf(r->out, "%s\n", text);
}

static struct err *run(const struct command_run *r)
{
	const char *note = command_value(r, "--note");
	AUTO(store_eab_release) struct store_eab e = { .created = world_now(r->world) };

	e.kid = given_or_drawn(r, "--kid", KID_BYTES);
	e.mac_key = given_or_drawn(r, "--key", KEY_BYTES);
	e.note = note != NULL ? xstrdup(note) : NULL;
	TRY(check_key(e.mac_key));
	TRY(read_expiry(&e.expires, r));
	TRY(keep(r, &e));
	show(r, &e);
	return NULL;
}

static const struct command_option options[] = {
	{ "--kid", "TEXT", "Key identifier (default: drawn)" },
	{ "--key", "BASE64URL", "MAC key (default: drawn, 256 bits)" },
	{ "--expires", "DURATION", "How long it can be used, such as 30d (default: for ever)" },
	{ "--note", "TEXT", "For whom it is, for `eab list`" },
	{ "--json", NULL, "Print JSON" },
};

const struct subcommand subcommand_eab_add = {
	.name = "eab add",
	.summary = "Make an external account key",
	.options = options,
	.option_count = ARRAY_LEN(options),
	.wants_config = true,
	.run = run,
};
