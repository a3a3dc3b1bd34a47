/* The objects of ACME: what is accepted leads to https only and has names that are plain; what is not says so in plain text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/account.h"
#include "proto/authz.h"
#include "proto/directory.h"
#include "proto/order.h"
#include "proto/problem.h"

#define URL "https://ca.test/x"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool fine)
{
	if (!fine)
		abort();
}

static void need_plain(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		need((unsigned char)*p >= 0x20 && *p != 0x7f);
}

/* Takes e. */
static bool refused(struct err *e)
{
	if (e == NULL)
		return false;
	AUTO(free) char *text = err_text(e);
	need_plain(text);
	err_free(e);
	return true;
}

static void need_https(const char *url)
{
	need(url == NULL ||
	     (strncasecmp(url, "https://", 8) == 0 && strpbrk(url, " \r\n\"<>") == NULL));
}

static void need_name(const struct ident *i)
{
	const char *name = strncmp(i->value, "*.", 2) == 0 ? i->value + 2 : i->value;

	need(*name != '\0' &&
	     name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.:")] == '\0');
	need(strstr(name, "..") == NULL && strchr(name, '/') == NULL);
}

static void try_directory(const json_t *value)
{
	AUTO(directory_free) struct directory *d = NULL;

	if (refused(directory_parse(&d, URL, value)))
		return;
	need_https(d->new_nonce);
	need_https(d->new_account);
	need_https(d->new_order);
	need_https(d->revoke_cert);
	need_https(d->key_change);
	need_https(d->renewal_info);
}

static void try_account(const json_t *value)
{
	AUTO(account_free) struct account *a = NULL;

	if (!refused(account_parse(&a, URL, value)))
		need_https(a->orders_url);
}

static void try_order(const json_t *value)
{
	AUTO(order_free) struct order *o = NULL;
	AUTO(idents_release) struct idents again = { 0 };

	if (refused(order_parse(&o, URL, value)))
		return;
	for (size_t i = 0; i < o->authz_urls.count; i++)
		need_https(o->authz_urls.items[i]);
	need_https(o->finalize_url);
	need_https(o->certificate_url);
	need(o->status != ORDER_VALID || o->certificate_url != NULL);
	for (size_t i = 0; i < o->idents.count; i++)
		need_name(&o->idents.items[i]);
	AUTO(json_release) json_t *names = idents_render(&o->idents);
	need(!refused(idents_parse(&again, names)) && idents_same_set(&o->idents, &again));
}

static void try_authz(const json_t *value)
{
	AUTO(authz_free) struct authz *a = NULL;

	if (refused(authz_parse(&a, URL, value)))
		return;
	need_name(&a->ident);
	for (size_t i = 0; i < a->challenge_count; i++) {
		need_https(a->challenges[i].url);
		need(a->challenges[i].token == NULL ||
		     strpbrk(a->challenges[i].token, "/. \n") == NULL);
	}
	(void)refused(authz_failure(a));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(json_release) json_t *value = NULL;

	need(refused(problem_to_err(400, (const char *)data, size)));
	if (refused(json_parse(&value, (const char *)data, size, "input")))
		return 0;
	try_directory(value);
	try_account(value);
	try_order(value);
	try_authz(value);
	return 0;
}
