#include "ca/res/desk.h"
#include "ca/crl/crls.h"

#include "ca/dcv/dcv.h"
#include "ca/issue/issuance.h"
#include "ca/jws/account_keys.h"
#include "ca/log/log.h"
#include "ca/policy/limiter.h"
#include "proto/problem.h"

static const char usual[] =
	"[server]\nlisten = 127.0.0.1:0\nurl = https://ca.test\n"
	"[directory]\ncaa_identities = ca.test\n"
	"[policy]\nprivate_names = yes\n"
	"[issuer one]\ncertificate = one.pem\nkey = one.key\nchains = root.pem\n"
	"crl_url = http://ca.test/crl\n";

/* The functions of the store are not told whose they are but by it. */
static struct desk *desk_of(const struct store *s)
{
	return (struct desk *)(uintptr_t)s;
}

static struct desk *desk_of_sign(const struct sign *s)
{
	return (struct desk *)(uintptr_t)s;
}

static struct desk *at_desk(struct ca_request *r)
{
	return desk_of(r->ca->store);
}

static void PRINTF_LIKE(2, 3) note(struct desk *d, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	strlist_take(&d->asked, str_vfmt(fmt, args));
	va_end(args);
}

/* --- the store */

static void wait_for(struct desk *d, const struct store_asker *who)
{
	assert_false(d->waits);
	d->who = *who;
	d->waits = true;
}

#define ASKED(s, who, ...)                     \
	do {                                   \
		note(desk_of(s), __VA_ARGS__); \
		wait_for(desk_of(s), (who));   \
	} while (0)

void store_order_create(struct store *s, const struct store_asker *who,
			const struct store_order_new *o)
{
	assert_int_equal(strlen(o->idents[0].token), 43);
	ASKED(s, who, "create %s %zu %s %lld", o->profile, o->ident_count,
	      o->replaces_serial != NULL ? o->replaces_serial : "-",
	      (long long)(o->expires - o->now));
}

void store_order_by_id(struct store *s, const struct store_asker *who, int64_t id)
{
	ASKED(s, who, "order %lld", (long long)id);
}

void store_orders(struct store *s, const struct store_asker *who, int64_t account_id,
		  int64_t before, size_t limit)
{
	ASKED(s, who, "orders %lld %lld %zu", (long long)account_id, (long long)before, limit);
}

void store_order_finalize(struct store *s, const struct store_asker *who,
			  const struct store_finalize *f)
{
	ASKED(s, who, "finalize %lld %s", (long long)f->order_id, f->cert.serial);
}

void store_authz_create(struct store *s, const struct store_asker *who,
			const struct store_authz_new *a)
{
	ASKED(s, who, "create authz %s", a->ident->ident.value);
}

void store_authz_by_id(struct store *s, const struct store_asker *who, int64_t id)
{
	ASKED(s, who, "authz %lld", (long long)id);
}

void store_authz_deactivate(struct store *s, const struct store_asker *who, int64_t id, time_t now)
{
	assert_int_equal(now, DESK_NOW);
	ASKED(s, who, "deactivate %lld", (long long)id);
}

void store_authz_covers(struct store *s, const struct store_asker *who, int64_t account_id,
			const struct idents *idents, time_t now)
{
	assert_int_equal(now, DESK_NOW);
	ASKED(s, who, "covers %lld %zu", (long long)account_id, idents->count);
}

void store_account_by_thumbprint(struct store *s, const struct store_asker *who,
				 const char *thumbprint)
{
	ASKED(s, who, "account of %s", thumbprint);
}

void store_account_end(struct store *s, const struct store_asker *who, int64_t id,
		       enum account_status status)
{
	ASKED(s, who, "end %lld %s", (long long)id, account_status_name(status));
}

void account_keys_forget(struct account_keys *c, int64_t account_id)
{
	note((struct desk *)c, "forget %lld", (long long)account_id);
}

void store_cert_by_serial(struct store *s, const struct store_asker *who, const char *serial)
{
	ASKED(s, who, "cert %s", serial);
}

void store_cert_renewed(struct store *s, const struct store_asker *who,
			const struct store_renewed *r)
{
	assert_int_equal(r->since, DESK_NOW - 120L * 86400);
	ASKED(s, who, "renewed %s %zu", r->idents->items[0].value, r->idents->count);
}

void store_cert_revoke(struct store *s, const struct store_asker *who, const char *serial,
		       time_t when, int reason, bool upgrade)
{
	assert_int_equal(when, DESK_NOW);
	ASKED(s, who, "revoke %s %d%s", serial, reason, upgrade ? " upgrade" : "");
}

void store_certs_by_key(struct store *s, const struct store_asker *who,
			const unsigned char spki_sha256[32], const char *after, time_t now,
			size_t limit)
{
	(void)spki_sha256;
	assert_true(now == DESK_NOW && limit > 0);
	ASKED(s, who, "by key after %s", after != NULL ? after : "-");
}

void store_key_block(struct store *s, const struct store_asker *who,
		     const unsigned char spki_sha256[32], time_t now)
{
	(void)spki_sha256;
	assert_int_equal(now, DESK_NOW);
	ASKED(s, who, "block");
}

void store_key_blocked(struct store *s, const struct store_asker *who,
		       const unsigned char spki_sha256[32])
{
	(void)spki_sha256;
	ASKED(s, who, "blocked");
}

static void answer_release(struct store_answer *a)
{
	err_free(a->error);
	for (size_t i = 0; i < a->order_count; i++)
		store_order_release(&a->orders[i]);
	for (size_t i = 0; i < a->authz_count; i++)
		store_authz_release(&a->authzs[i]);
	for (size_t i = 0; i < a->cert_count; i++)
		store_cert_release(&a->certs[i]);
	free(a->accounts);
	free(a->orders);
	free(a->authzs);
	free(a->certs);
}

static void answer_all(struct desk *d)
{
	while (d->waits) {
		if (d->said == d->scripted)
			fail_msg("nothing is scripted for \"%s\"",
				 d->asked.items[d->asked.count - 1]);
		struct store_answer *a = &d->script[d->said++];

		d->waits = false;
		d->who.done(d->who.ctx, a);
		answer_release(a);
	}
	assert_int_equal(d->said, d->scripted);
}

static struct store_answer *next_answer(struct desk *d, enum store_outcome outcome)
{
	assert_true(d->scripted < DESK_ANSWERS);
	struct store_answer *a = &d->script[d->scripted++];

	a->outcome = outcome;
	return a;
}

void desk_says(struct desk *d, enum store_outcome outcome)
{
	next_answer(d, outcome);
}

void desk_says_order(struct desk *d, enum store_outcome outcome, const struct store_order *o)
{
	struct store_answer *a = next_answer(d, outcome);

	a->orders = xmemdup(o, sizeof(*o));
	a->order_count = 1;
}

void desk_says_authz(struct desk *d, enum store_outcome outcome, const struct store_authz *z)
{
	struct store_answer *a = next_answer(d, outcome);

	a->authzs = xmemdup(z, sizeof(*z));
	a->authz_count = 1;
}

void desk_says_account(struct desk *d, enum store_outcome outcome, int64_t id)
{
	struct store_answer *a = next_answer(d, outcome);
	const struct store_account one = { .id = id };

	a->accounts = xmemdup(&one, sizeof(one));
	a->account_count = 1;
}

void desk_says_cert(struct desk *d, enum store_outcome outcome, const struct store_cert *c)
{
	struct store_answer *a = next_answer(d, outcome);

	a->certs = xmemdup(c, sizeof(*c));
	a->cert_count = 1;
}

void desk_fails(struct desk *d)
{
	struct store_answer *a = next_answer(d, STORE_DONE);

	a->error = err_new(ERR_BUSY, "the disk is full");
	a->error->retry_after_s = 5;
}

struct store_authz desk_authz(void)
{
	struct store_authz a = {
		.id = 5,
		.account_id = DESK_ACCOUNT,
		.ident = { IDENT_DNS, xstrdup("example.org") },
		.expires = DESK_NOW + 3600,
		.profile = xstrdup("classic"),
		.token = xstrdup("tokentokentokentokentokentokentokentoken123"),
	};

	strlist_add(&a.offered, "http-01");
	strlist_add(&a.offered, "dns-01");
	return a;
}

struct store_order desk_order(void)
{
	struct store_order o = {
		.id = 3,
		.account_id = DESK_ACCOUNT,
		.profile = xstrdup("classic"),
		.created = DESK_NOW - 10,
		.expires = DESK_NOW + 3600,
		.authzs = xcalloc(1, sizeof(*o.authzs)),
		.authz_count = 1,
	};

	idents_add(&o.idents, IDENT_DNS, "example.org");
	o.authzs[0] = desk_authz();
	return o;
}

struct store_cert desk_cert(void)
{
	struct store_cert c = {
		.serial = xstrdup("01ab"),
		.order_id = 3,
		.account_id = DESK_ACCOUNT,
		.issuer = xstrdup("one"),
		.profile = xstrdup("classic"),
		.not_before = DESK_NOW - 60L * 86400,
		.not_after = DESK_NOW + 30L * 86400 - 1,
	};

	idents_add(&c.idents, IDENT_DNS, "example.org");
	return c;
}

/* --- the others */

static const char *const renewal_words[] = {
	[RENEWAL_NONE] = "",
	[RENEWAL_SAME_NAMES] = " same",
	[RENEWAL_TIMELY] = " renewal",
};

bool limiter_is_on(const struct limiter *l)
{
	return ((const struct desk *)l)->limits_are_on;
}

struct err *limiter_new_order(struct limiter *l, int64_t account_id, const struct idents *idents,
			      enum renewal renewal, int64_t now_ms)
{
	struct desk *d = (struct desk *)l;

	assert_true(account_id == DESK_ACCOUNT && idents->count > 0 && now_ms > 0);
	note(d, "limit%s", renewal_words[renewal]);
	return MOVE(d->limit);
}

void limiter_refund_order(struct limiter *l, int64_t account_id, enum renewal renewal)
{
	assert_true(account_id == DESK_ACCOUNT);
	note((struct desk *)l, "refund%s", renewal_words[renewal]);
}

void limiter_judged(struct limiter *l, int64_t account_id, const struct ident *ident, bool valid,
		    int64_t now_ms)
{
	assert_true(account_id == DESK_ACCOUNT && now_ms > 0);
	note((struct desk *)l, "judged %s %s", ident->value, valid ? "valid" : "invalid");
}

void dcv_begin(struct dcv *d, const struct store_authz *a, const struct dcv_account *account,
	       const struct store_asker *told)
{
	struct desk *desk = (struct desk *)d;

	note(desk, "judge %lld %s %s %s", (long long)a->id, a->attempt, account->thumbprint,
	     account->url);
	wait_for(desk, told);
}

void issuance_begin(struct issuances *l, const struct issuance_start *s)
{
	struct desk *d = (struct desk *)l;
	struct store_order o = *s->order;

	note(d, "issue %s", s->plan->serial);
	*s->order = (struct store_order){ 0 };
	o.certified = !d->issuance_lasts;
	s->told(s->ctx, &o);
	store_order_release(&o);
}

const char *sign_issuer_by_key_id(const struct sign *s, const void *key_id, size_t len)
{
	(void)s;
	return len > 0 && *(const char *)key_id == '\1' ? "one" : NULL;
}

void crls_revoked(struct crls *c, const char *issuer, int64_t shard)
{
	note((struct desk *)c, "crl %s %lld", issuer, (long long)shard);
}

const char *sign_issuer_of(const struct sign *s, const void *der, size_t len)
{
	const struct desk *d = (const struct desk *)s;

	return d->issuer_is_ours && der != NULL && len > 0 ? "one" : NULL;
}

struct err *sign_prepare(struct sign_plan *out, const struct sign *s, const struct sign_ask *ask)
{
	const struct desk *d = (const struct desk *)s;

	out->serial[0] = '0';
	out->serial[1] = (char)('0' + d->asked.count % 10);
	assert_true(ask->now == DESK_NOW && ask->spki_len > 0);
	return NULL;
}

struct err *sign_check_dates(const struct sign *s, const struct profile_config *profile,
			     time_t when)
{
	struct desk *d = desk_of_sign(s);

	assert_true(profile != NULL && when >= DESK_NOW);
	return MOVE(d->no_issuer);
}

void sign_plan_release(struct sign_plan *p)
{
	*p = (struct sign_plan){ 0 };
}

size_t sign_chain_count(const struct sign *s, const char *issuer)
{
	(void)s;
	return streq(issuer, "one") ? 2 : 0;
}

bool sign_chain(struct buf *pem, const struct sign *s, const char *issuer, size_t n,
		const void *der, size_t len)
{
	(void)der;
	(void)len;
	buf_addf(pem, "chain %zu", n);
	return n < sign_chain_count(s, issuer);
}

void ca_log(struct ca_log *l, enum log_level level, const char *event,
	    const struct log_field *fields, size_t count)
{
	(void)level;
	(void)fields;
	(void)count;
	note((struct desk *)l, "log %s", event);
}

/* --- the frame */

static void answer(struct ca_request *r, int status)
{
	struct desk *d = at_desk(r);

	assert_int_equal(d->status, 0);
	d->status = status;
	if (r->state_free != NULL)
		r->state_free(r->state);
	r->state = NULL;
	r->state_free = NULL;
}

void ca_header(struct ca_request *r, const char *name, const char *value)
{
	http_headers_add(&at_desk(r)->headers, name, value);
}

void ca_link(struct ca_request *r, const char *relation, const char *url)
{
	AUTO(free) char *value = str_fmt("%s %s", relation, url);

	ca_header(r, "Link", value);
}

void ca_retry_after(struct ca_request *r, unsigned seconds)
{
	AUTO(free) char *value = str_fmt("%u", seconds);

	ca_header(r, "Retry-After", value);
}

void ca_answer_json(struct ca_request *r, int status, json_t *body)
{
	at_desk(r)->body = body;
	answer(r, status);
}

void ca_answer_bytes(struct ca_request *r, int status, const char *type, const void *data,
		     size_t len)
{
	ca_header(r, "Content-Type", type);
	buf_add(&at_desk(r)->bytes, data, len);
	answer(r, status);
}

void ca_answer_empty(struct ca_request *r, int status)
{
	answer(r, status);
}

void ca_answer_error(struct ca_request *r, struct err *e)
{
	struct desk *d = at_desk(r);

	d->type = xstrdup(err_type(e) != NULL ? err_type(e) : "none");
	d->body = problem_render(e);
	answer(r, e->code == ERR_BUSY ? 503 : problem_http_status(e));
	err_free(e);
}

/* --- the desk */

static time_t desk_now(const struct clock *c)
{
	(void)c;
	return DESK_NOW;
}

static void desk_bytes(const struct rand_source *r, void *out, size_t len)
{
	(void)r;
	memset(out, 0x5a, len);
}

static void set_ca(struct desk *d)
{
	d->clock.now = desk_now;
	d->random.bytes = desk_bytes;
	d->world = (struct world){ .clock = &d->clock, .random = &d->random };
	d->ca = (struct ca){
		.world = &d->world,
		.config = d->config,
		.policy = d->policy,
		.log = (struct ca_log *)d,
		.limiter = (struct limiter *)d,
		.store = (struct store *)d,
		.sign = (struct sign *)d,
		.crls = (struct crls *)d,
		.account_keys = (struct account_keys *)d,
	};
	d->loop = (struct ca_loop){ .ca = &d->ca,
				    .dcv = (struct dcv *)d,
				    .issuances = (struct issuances *)d };
}

void desk_open(struct desk *d, const char *extra)
{
	*d = (struct desk){ .bytes = BUF_INIT(1000), .issuer_is_ours = true };
	AUTO(free) char *text = str_fmt("%s%s", usual, extra != NULL ? extra : "");

	assert_done(ca_config_parse(&d->config, text, strlen(text), "/etc/desk.conf"));
	assert_done(policy_new(&d->policy, d->config));
	set_ca(d);
	d->jws = (struct signed_request){ .account_id = DESK_ACCOUNT,
					  .thumbprint = xstrdup("print") };
}

static void forget_answer(struct desk *d)
{
	strlist_release(&d->asked);
	free(d->type);
	d->type = NULL;
	json_decref(d->body);
	d->body = NULL;
	d->status = 0;
	buf_release(&d->bytes);
	d->bytes = BUF_INIT(1000);
	http_headers_release(&d->headers);
	memset(&d->script[0], 0, d->said * sizeof(d->script[0]));
	if (d->said > 0) {
		d->scripted = 0;
		d->said = 0;
	}
}

void desk_close(struct desk *d)
{
	forget_answer(d);
	strlist_release(&d->r.ids);
	EVP_PKEY_free(d->jws.key);
	free(d->jws.thumbprint);
	json_decref(d->jws.payload);
	err_free(d->limit);
	policy_free(d->policy);
	ca_config_free(d->config);
}

static void open_request(struct desk *d, const struct resource *resource, const char *ids)
{
	forget_answer(d);
	strlist_release(&d->r.ids);
	d->r = (struct ca_request){
		.loop = &d->loop,
		.ca = &d->ca,
		.resource = resource,
		.http = &d->http,
		.base = "https://ca.test",
	};
	strlist_split(&d->r.ids, ids, '/');
}

void desk_post(struct desk *d, const struct resource *resource, const char *ids,
	       const char *payload)
{
	open_request(d, resource, ids);
	json_decref(d->jws.payload);
	d->jws.payload = payload != NULL ? json_loads(payload, JSON_DECODE_ANY, NULL) : NULL;
	assert_true(payload == NULL || d->jws.payload != NULL);
	d->r.jws = &d->jws;
	resource->post(&d->r);
	answer_all(d);
	assert_int_not_equal(d->status, 0);
}

void desk_get(struct desk *d, const struct resource *resource, const char *ids)
{
	open_request(d, resource, ids);
	resource->get(&d->r);
	answer_all(d);
	assert_int_not_equal(d->status, 0);
}

/* --- what is expected */

void desk_expect(const struct desk *d, int status, const char *type)
{
	AUTO(free) char *body = d->body != NULL ? json_compact(d->body) : xstrdup("");

	if (d->status != status ||
	    !streq(d->type != NULL ? d->type : "-", type != NULL ? type : "-"))
		fail_msg("status %d, type %s: %s", d->status, d->type, body);
}

void desk_expect_text(const struct desk *d, const char *key, const char *value)
{
	assert_string_equal(json_string_value(json_object_get(d->body, key)), value);
}

void desk_expect_header(const struct desk *d, const char *name, const char *value)
{
	for (size_t i = 0; i < d->headers.count; i++)
		if (streq_nocase(d->headers.items[i].name, name) &&
		    streq(d->headers.items[i].value, value))
			return;
	fail_msg("no \"%s: %s\"", name, value);
}

void desk_expect_asked(const struct desk *d, const char *what)
{
	AUTO(free) char *all = strlist_join(&d->asked, ", ");

	if (!strlist_has(&d->asked, what))
		fail_msg("\"%s\" is not among: %s", what, all);
}
